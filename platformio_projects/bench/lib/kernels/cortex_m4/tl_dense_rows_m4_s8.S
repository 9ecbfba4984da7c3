/*
 * A dense layer of one vector, for the Cortex-M4 and M33.
 *
 *   void tl_dense_rows_m4_s8(const int32_t *stream, const uint32_t *vector, int8_t *out, int depth,
 *                            int blocks)
 *
 * For each of `blocks` of eight outputs, the stream has eight sums to begin with, [depth / 2][4]
 * words of weights, and mantissa, exponent, offset of each output, as for tl_conv_pairs_m4_s8.
 * vector[depth / 2]: two elements each. `depth` is a multiple of 4.
 *
 * Registers: r0 stream, r1 vector, r2-r9 sums, r10 elements, r11, r12, r14 weights. s0 end of the
 * vector, s1 its start, s2 output, s4 blocks, s5 first step, s6 what of the first round is skipped.
 * 18 cycles for 16 MACs, of which a line of flash (16 bytes) is used once: its wait states count.
 */
#include "tl_requantise_m4.inc"

.equ STEPS, 8
.equ STEP_CODE, 68

.macro dense_step at
  ldr.w r10, [r1, #(4 * \at)]
  ldr.w r11, [r0, #(16 * \at)]
  ldr.w r12, [r0, #(16 * \at + 4)]
  ldr.w r14, [r0, #(16 * \at + 8)]
  smlad r3, r11, r10, r3
  sxtb16 r11, r11
  smlad r2, r11, r10, r2
  ldr.w r11, [r0, #(16 * \at + 12)]
  smlad r5, r12, r10, r5
  sxtb16 r12, r12
  smlad r4, r12, r10, r4
  smlad r7, r14, r10, r7
  sxtb16 r14, r14
  smlad r6, r14, r10, r6
  smlad r9, r11, r10, r9
  sxtb16 r11, r11
  smlad r8, r11, r10, r8
.endm

/* Rounded once: halves up. */
.macro write_output at, value
  ldmia r0!, {r10-r12}
  smmul \value, \value, r10
  add \value, \value, r12
  asr \value, \value, r11
  ssat \value, #8, \value
  strb \value, [r14, #\at]
.endm

.macro separate_sums low, both
  sub \both, \both, \low
  asr \both, \both, #8
.endm

.global tl_dense_rows_m4_s8
  .section .text.tl_dense_rows_m4_s8, "ax", %progbits
  .balign 32
  .type tl_dense_rows_m4_s8, %function
  .thumb_func
tl_dense_rows_m4_s8:
  push {r4-r11, lr}
  ldr r5, [sp, #36]
  vmov s2, r2
  vmov s4, r5
  add r6, r1, r3, lsl #1
  vmov s0, r6
  lsr r4, r3, #1
  rsb r4, r4, #0
  and r4, r4, #(STEPS - 1)
  sub r1, r1, r4, lsl #2
  vmov s1, r1
  lsl r6, r4, #4
  vmov s6, r6
  movs r6, #STEP_CODE
  adr r7, 2f
  mla r7, r4, r6, r7
  orr r7, r7, #1
  vmov s5, r7
1:
  ldmia r0!, {r2-r9}
  vmov r10, s6
  vmov r12, s5
  sub r0, r0, r10
  bx r12
  .balign 8
2:
  .set at, 0
  .rept STEPS
  dense_step %at
  .set at, at + 1
  .endr
  vmov r10, s0
  add r1, r1, #(4 * STEPS)
  add r0, r0, #(16 * STEPS)
  cmp r1, r10
  bne.w 2b
  separate_sums r2, r3
  separate_sums r4, r5
  separate_sums r6, r7
  separate_sums r8, r9
  vmov r14, s2
  write_output 0, r2
  write_output 1, r3
  write_output 2, r4
  write_output 3, r5
  write_output 4, r6
  write_output 5, r7
  write_output 6, r8
  write_output 7, r9
  add r14, r14, #8
  vmov s2, r14
  vmov r3, s4
  vmov r1, s1
  subs r3, r3, #1
  vmov s4, r3
  bne.w 1b
  pop {r4-r11, pc}
  .size tl_dense_rows_m4_s8, . - tl_dense_rows_m4_s8
