/*
 * Convolutions of 1 x 1 at a stride of 1, for the Cortex-M4 and M33.
 *
 *   void NAME(const int32_t *stream, uint32_t *patch, const int8_t *in, int8_t *out, int pairs,
 *             int depth, int blocks, int channels)
 *
 * `pairs` of positions from in[][depth] to out[][channels], of which 4 * blocks
 * are written; the rest as for tl_filter_pairs_m4_s8.
 *
 * s8 stream, s9 input, s10 pairs, s11 channels, s12 output. Its instructions fit in a cache of 1 KB.
 */
#include "tl_filter_m4.inc"

.macro expand_both
  vmov r2, s9
  vmov r3, s1
  vmov r4, s6
  vmov r12, s0
  add r3, r3, r4 /* the patch */
  sub r4, r12, r3
  add r4, r2, r4, lsr #2 /* the second position */
3:
  ldr r6, [r2], #4
  ldr r8, [r4], #4
  sxtb16 r5, r6
  sxtb16 r7, r6, ror #8
  sxtb16 r6, r8
  sxtb16 r8, r8, ror #8
  stmia r3!, {r5-r8}
  cmp r3, r12
  bne 3b
  vmov s9, r4
.endm

.macro pointwise_pairs name, exact
  start_function \name
  ldrd r6, r4, [sp, #36]
  ldr r5, [sp, #44]
  vmov s8, r0
  vmov s9, r2
  vmov s10, r6
  vmov s12, r3
  ldr r6, [sp, #48]
  vmov s11, r6
  prepare
4:
  expand_both
  vmov r5, s7
  vmov r2, s12
  vmov r3, s11
  vmov s4, r5
  vmov s2, r2
  add r2, r2, r3
  vmov s3, r2
  add r2, r2, r3
  vmov s12, r2
  vmov r0, s8
  vmov r1, s1
  all_blocks \exact
  vmov r4, s10
  subs r4, r4, #1
  vmov s10, r4
  bne.w 4b
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_pointwise_pairs_m4_s8
pointwise_pairs tl_pointwise_pairs_m4_s8, 1
.global tl_pointwise_pairs_relu_m4_s8
pointwise_pairs tl_pointwise_pairs_relu_m4_s8, 0
