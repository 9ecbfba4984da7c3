/*
 * Sums of int8 elements, four at once, for the Cortex-M7.
 *
 *   void tl_add_four_m7_s8(const tl_add_tables_s8_t *shape, const int8_t *a, const int8_t *b,
 *                          const int32_t *tables, int8_t *out)
 *
 * shape->count / 4 times. tables[2][256]: doubled terms of the elements from -128; a sum is rounded
 * as in tl_integer_m7.inc. `out` may be `a` or `b`. 24 cycles for four elements.
 *
 * Registers: r0 a, r1 b, r2 and r3 tables, r4 out, r5 rounding, r6 mantissa, r7 shift, r8-r11 sums,
 * r12 and r14 temporary.
 */
#include "tl_integer_m7.inc"

.equ COUNT, 0
.equ ROUNDING, 4

.macro term_sums first, second, at
  ldrsb.w \first, [r0, #\at]
  ldrsb.w r12, [r1, #\at]
  ldrsb.w \second, [r0, #(\at + 1)]
  ldrsb.w r14, [r1, #(\at + 1)]
  ldr.w \first, [r2, \first, lsl #2]
  ldr.w r12, [r3, r12, lsl #2]
  ldr.w \second, [r2, \second, lsl #2]
  ldr.w r14, [r3, r14, lsl #2]
  add.w \first, \first, r12
  add.w \second, \second, r14
.endm

  .section .text.tl_add_four_m7_s8, "ax", %progbits
.global tl_add_four_m7_s8
  .balign 8
  .type tl_add_four_m7_s8, %function
  .thumb_func
tl_add_four_m7_s8:
  push {r4-r11, lr}
  sub sp, sp, #4
  ldr r4, [sp, #40] /* out */
  ldm r0, {r5-r8} /* count, rounding, mantissa, shift */
  mov r0, r1
  mov r1, r2
  add r2, r3, #512
  add r3, r3, #1536
  lsrs r12, r5, #2
  mov r5, r6
  mov r6, r7
  mov r7, r8
  beq.w 2f
  add r12, r0, r12, lsl #2
  str r12, [sp]
  .balign 8
1:
  term_sums r8, r9, 0
  term_sums r10, r11, 2
  rounding_of r12, r5, r8
  adds r0, r0, #4
  rounding_of r14, r5, r9
  smmlar r8, r8, r6, r12
  rounding_of r12, r5, r10
  smmlar r9, r9, r6, r14
  rounding_of r14, r5, r11
  smmlar r10, r10, r6, r12
  asr.w r8, r8, r7
  smmlar r11, r11, r6, r14
  asr.w r9, r9, r7
  ldr r12, [sp]
  ssat r8, #8, r8
  asr.w r10, r10, r7
  ssat r9, #8, r9
  asr.w r11, r11, r7
  ssat r10, #8, r10
  strb.w r8, [r4]
  ssat r11, #8, r11
  strb.w r9, [r4, #1]
  adds r1, r1, #4
  strb.w r10, [r4, #2]
  cmp r0, r12
  strb.w r11, [r4, #3]
  add.w r4, r4, #4
  bne.w 1b
2:
  add sp, sp, #4
  pop {r4-r11, pc}
  .size tl_add_four_m7_s8, . - tl_add_four_m7_s8
