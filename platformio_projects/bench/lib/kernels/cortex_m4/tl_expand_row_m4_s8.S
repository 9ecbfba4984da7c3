/*
 * A row of pixels as lines of channels, for the Cortex-M4 and M33.
 *
 *   void tl_expand_row_m4_s8(const int8_t *row, int16_t *lines, const tl_lines_s8_t *shape)
 *
 * From row[pixels][channels] to lines[channels][line] of halfwords: `left` (0 or 1) elements of the
 * input's zero, the pixels, the zero up to the end. `channels` is a multiple of 4, `line` of 2.
 *
 * Registers: r0 pixel, r1-r4 the lines of four channels, r5-r6 pixels, r7-r8 their halves, r9 words
 * to do, r10 pixels to do, r11 the zero in each byte, r12 channels, r14 shape. s0 channels to do,
 * s1 pixel.
 * 20 cycles for two pixels of four channels.
 */
.syntax unified
.altmacro

.equ CHANNELS, 0
.equ LINE, 8
.equ PIXELS, 12
.equ LEFT, 16
.equ ZERO, 20

/* (b1, a1) and (b0, a0), then (b3, a3) and (b2, a2). */
.macro put_two
  pkhbt r7, r5, r6, lsl #16
  pkhtb r8, r6, r5, asr #16
  sxtb16 r5, r7
  sxtb16 r6, r7, ror #8
  sxtb16 r7, r8
  sxtb16 r8, r8, ror #8
  str r5, [r1], #4
  str r6, [r2], #4
  str r7, [r3], #4
  str r8, [r4], #4
  sub r9, r9, #1
.endm

.global tl_expand_row_m4_s8
  .section .text.tl_expand_row_m4_s8, "ax", %progbits
  .balign 32
  .type tl_expand_row_m4_s8, %function
  .thumb_func
tl_expand_row_m4_s8:
  push {r4-r11, lr}
  mov r14, r2
  ldr r12, [r14, #CHANNELS]
  ldr r11, [r14, #ZERO]
  lsr r5, r12, #2
  vmov s0, r5
1:
  vmov s1, r0
  ldr r9, [r14, #LINE]
  ldr r10, [r14, #PIXELS]
  add r2, r1, r9, lsl #1
  add r3, r2, r9, lsl #1
  add r4, r3, r9, lsl #1
  lsr r9, r9, #1
  ldr r5, [r14, #LEFT]
  cbz r5, 2f
  mov r5, r11
  ldr r6, [r0]
  add r0, r0, r12
  sub r10, r10, #1
  put_two
2:
  subs r10, r10, #2
  blt 4f
  .balign 8
3:
  ldr r5, [r0]
  ldr r6, [r0, r12]
  add r0, r0, r12, lsl #1
  put_two
  subs r10, r10, #2
  bge 3b
4:
  adds r10, r10, #2
  beq 5f
  ldr r5, [r0]
  mov r6, r11
  b 6f
5:
  cmp r9, #0
  beq 7f
  mov r5, r11
  mov r6, r11
6:
  put_two
  b 5b
7:
  vmov r5, s0
  vmov r0, s1
  mov r1, r4
  add r0, r0, #4
  subs r5, r5, #1
  vmov s0, r5
  bne 1b
  pop {r4-r11, pc}
  .size tl_expand_row_m4_s8, . - tl_expand_row_m4_s8
