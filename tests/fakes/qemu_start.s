@ Start and end of the images that tests/fakes/qemu.py builds.
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word _stack, reset, unexpected, unexpected, unexpected, unexpected, usage_handler
    .word unexpected, unexpected, unexpected, unexpected, svc_handler, unexpected
    .word unexpected, pendsv_handler, unexpected
    .word interrupt_0, interrupt_1, interrupt_2, interrupt_3
    .rept 44
    .word unexpected
    .endr
    .irp name, usage_handler, svc_handler, pendsv_handler, interrupt_0, interrupt_1, interrupt_2, interrupt_3
    .weak \name
    .thumb_set \name, unexpected
    .endr
    .text
    .global reset, finish, unexpected
    .weak unexpected
    .thumb_func
reset:
    ldr r0, =0xE000ED88     @ CPACR: the floating-point unit on
    ldr r1, [r0]
    orr r1, #0xF00000
    str r1, [r0]
    dsb
    isb
    ldr r0, =_data_in_flash
    ldr r1, =_data
    ldr r2, =_data_end
1:  cmp r1, r2
    itt lo
    ldrlo r3, [r0], #4
    strlo r3, [r1], #4
    blo 1b
    bl main
    b finish
    .thumb_func
unexpected:
    mrs r0, ipsr
    ldr r1, =unexpected_exception
    str r0, [r1]
    .thumb_func
finish:
    ldr r1, =open_console
    movs r0, #1             @ SYS_OPEN
    bkpt 0xab
    ldr r1, =_semihosting
    str r0, [r1]
    ldr r2, =_ram
    str r2, [r1, #4]
    ldr r2, =_dumped
    str r2, [r1, #8]
    movs r0, #5             @ SYS_WRITE
    bkpt 0xab
    ldr r1, =0x20026        @ ADP_Stopped_ApplicationExit
    movs r0, #0x18          @ SYS_EXIT
    bkpt 0xab
    .ltorg
    .balign 4
open_console:
    .word console, 4, 3
console:
    .asciz ":tt"
    .section .data
    .global unexpected_exception
unexpected_exception:
    .word 0
