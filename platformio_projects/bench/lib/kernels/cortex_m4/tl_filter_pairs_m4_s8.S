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
 * r14 weights. s0 end of the patch, s1 its start, s2-s3 outputs, s4 blocks to do, s5 first step,
 * s6 what of the first round is skipped, s7 blocks.
 * 15 cycles for 16 MACs: 4 loads and 1, 8 SMLAD, 2 SXTB16; for an output 8.5 cycles.
 */
#include "tl_filter_m4.inc"

.macro filter_pairs name, exact
  start_function \name
  ldrd r4, r5, [sp, #36]
  vmov s2, r2
  vmov s3, r3
  prepare
  all_blocks \exact
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_filter_pairs_m4_s8
filter_pairs tl_filter_pairs_m4_s8, 1
.global tl_filter_pairs_relu_m4_s8
filter_pairs tl_filter_pairs_relu_m4_s8, 0
