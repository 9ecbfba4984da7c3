/*
 * All filters of a convolution at two positions, for the Cortex-M4 and M33.
 *
 *   void NAME(const int32_t *stream, const uint32_t *patch, int8_t *first, int8_t *second,
 *             int depth, int blocks)
 *
 * For each of `blocks` of four channels, the stream has four sums to begin with (of channel 0, of
 * 0 + 256 * 1, of 2, of 2 + 256 * 3), [depth / 2][2] words of weights, and mantissa, exponent, offset
 * of each channel. The halfwords of the weights are w[0] + 256 * w[1] and w[2] + 256 * w[3]: the sum
 * of their products has both sums, and that of their low bytes' products separates them.
 * patch[depth / 2][2]: two elements of the first position, two of the second one. `depth`: of a
 * patch, a multiple of 4.
 *
 * Registers: r0 stream, r1 patch, r2-r5 and r6-r9 sums of both positions, r10-r11 elements, r12 and
 * r14 weights. s0 end of the patch, s1 its start, s2-s3 outputs, s4 blocks, s5 first step, s6 what
 * of the first round is skipped.
 * 15 cycles for 16 MACs: 4 loads and 1, 8 SMLAD, 2 SXTB16; for an output 8.5 cycles.
 */
#include "tl_requantise_m4.inc"

.equ STEPS, 8
.equ STEP_CODE, 56

.macro filter_step at
  ldr.w r10, [r1, #(8 * \at)]
  ldr.w r11, [r1, #(8 * \at + 4)]
  ldr.w r12, [r0, #(8 * \at)]
  ldr.w r14, [r0, #(8 * \at + 4)]
  smlad r3, r12, r10, r3
  smlad r7, r12, r11, r7
  smlad r5, r14, r10, r5
  smlad r9, r14, r11, r9
  sxtb16 r12, r12
  sxtb16 r14, r14
  smlad r2, r12, r10, r2
  smlad r6, r12, r11, r6
  smlad r4, r14, r10, r4
  smlad r8, r14, r11, r8
.endm

.macro separate_sums low, both
  sub \both, \both, \low
  lsl \low, \low, #1
  asr \both, \both, #7
.endm

.macro write_channel exact, channel, first, second
  ldmia r0!, {r10-r12}
  requantise \exact, \first, \second
  strb \first, [r14, #\channel]
  strb \second, [r1, #\channel]
.endm

.macro filter_pairs name, exact
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  ldrd r4, r5, [sp, #36]
  vmov s2, r2
  vmov s3, r3
  vmov s4, r5
  add r6, r1, r4, lsl #2
  vmov s0, r6
  lsr r4, r4, #1
  rsb r4, r4, #0
  and r4, r4, #(STEPS - 1)
  lsl r6, r4, #3
  vmov s6, r6
  sub r1, r1, r6
  vmov s1, r1
  movs r6, #STEP_CODE
  adr r7, 2f
  mla r7, r4, r6, r7
  orr r7, r7, #1
  vmov s5, r7
1:
  ldmia r0!, {r2-r5}
  vmov r10, s6
  vmov r12, s5
  sub r0, r0, r10
  mov r6, r2
  mov r7, r3
  mov r8, r4
  mov r9, r5
  bx r12
  .balign 8
2:
  .set at, 0
  .rept STEPS
  filter_step %at
  .set at, at + 1
  .endr
  vmov r10, s0
  add r1, r1, #(8 * STEPS)
  add r0, r0, #(8 * STEPS)
  cmp r1, r10
  bne.w 2b
  separate_sums r2, r3
  separate_sums r4, r5
  separate_sums r6, r7
  separate_sums r8, r9
  vmov r14, s2
  vmov r1, s3
  write_channel \exact, 0, r2, r6
  write_channel \exact, 1, r3, r7
  write_channel \exact, 2, r4, r8
  write_channel \exact, 3, r5, r9
  add r14, r14, #4
  add r1, r1, #4
  vmov s2, r14
  vmov s3, r1
  vmov r3, s4
  vmov r1, s1
  subs r3, r3, #1
  vmov s4, r3
  bne.w 1b
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_filter_pairs_m4_s8
filter_pairs tl_filter_pairs_m4_s8, 1
.global tl_filter_pairs_relu_m4_s8
filter_pairs tl_filter_pairs_relu_m4_s8, 0
