/*
 * Four channels of int8 pixels as planes of int16, for the Cortex-M7.
 *
 *   void tl_separate_m7_s8(const tl_separate_s8_t *part, const int8_t *in, int32_t *plane)
 *
 * A row of a plane begins with a word of padding and the first pixel, if part->head; then come pairs
 * of pixels; then a pixel and padding, if part->tail. What follows is left as it is.
 * A pair takes about 9 cycles.
 *
 * Registers: r0 in, r1 bytes from pixel to pixel, r2-r5 the planes, r6 pairs left, r7-r11 elements,
 * r12 padding, r14 part.
 */
#include "tl_integer_m7.inc"

.equ ROWS, 0
.equ PIXEL_BYTES, 4
.equ PLANE_BYTES, 8
.equ HEAD, 12
.equ PAIRS, 16
.equ TAIL, 20
.equ PADDING, 24
.equ IN_SKIPPED, 28
.equ PLANE_SKIPPED, 32

/* The pixels in r7 and r8. */
.macro two_pixels
  sxtb16 r9, r7
  sxtb16 r10, r8
  sxtb16 r7, r7, ror #8
  pkhbt r11, r9, r10, lsl #16
  str r11, [r2], #4
  sxtb16 r8, r8, ror #8
  pkhtb r10, r10, r9, asr #16
  str r10, [r4], #4
  pkhbt r11, r7, r8, lsl #16
  str r11, [r3], #4
  pkhtb r8, r8, r7, asr #16
  str r8, [r5], #4
.endm

  .section .text.tl_separate_m7_s8, "ax", %progbits
.global tl_separate_m7_s8
  .balign 8
  .type tl_separate_m7_s8, %function
  .thumb_func
tl_separate_m7_s8:
  push {r4-r11, lr}
  sub sp, sp, #4
  mov r14, r0
  mov r0, r1
  ldr r6, [r14, #PLANE_BYTES]
  ldr r1, [r14, #PIXEL_BYTES]
  add r3, r2, r6
  add r4, r3, r6
  add r5, r4, r6
  ldr r12, [r14, #PADDING]
  ldr r7, [r14, #ROWS]
1:
  str r7, [sp]
  ldr r7, [r14, #HEAD]
  ldr r6, [r14, #PAIRS]
  cmp r7, #0
  beq 2f
  ldr r8, [r0]
  mov r7, r12
  add r0, r0, r1
  two_pixels
2:
  cmp r6, #0
  beq 4f
  .balign 8
3:
  ldr.w r7, [r0]
  ldr.w r8, [r0, r1]
  subs r6, r6, #1
  add.w r0, r0, r1, lsl #1
  two_pixels
  bne 3b
4:
  ldr r7, [r14, #TAIL]
  cmp r7, #0
  beq 5f
  ldr r7, [r0]
  mov r8, r12
  add r0, r0, r1
  two_pixels
5:
  ldr r6, [r14, #PLANE_SKIPPED]
  ldr r8, [r14, #IN_SKIPPED]
  ldr r7, [sp]
  add r2, r2, r6
  add r3, r3, r6
  add r4, r4, r6
  add r5, r5, r6
  add r0, r0, r8
  subs r7, r7, #1
  bne.w 1b
  add sp, sp, #4
  pop {r4-r11, pc}
  .size tl_separate_m7_s8, . - tl_separate_m7_s8
