/*
 * One position of a 2 x 2 max pooling of a convolution with one input channel, for the Cortex-M7.
 *
 *   int tl_conv_window_SIZE_m7_f32(const float *window, const float *weights, float *out, int channels,
 *                                  const float *limits)
 *
 * window[SIZE + 1][SIZE + 1] has the inputs of the four positions, weights[channels / 2, rounded up]:
 * [SIZE][SIZE][2], then bias[2]; limits: low, high. Writes out[channels], and
 * returns whether some of them may be wrong because of a sum that is not a number: VMAXNM ignores these.
 *
 * The window stays in s16 to s31, and two channels are computed at a time: SIZE * SIZE * 8 sums of
 * products, one a cycle, and about 20 cycles beside. So 1.6 cycles per MAC with SIZE 2, 1.4 with 3.
 */
#include "tl_float_m7.inc"

/* Sums of four positions and two channels are in s0 to s7, two channels' weights in s[weights ..]. */
.macro multiply_one sum, x, weight
  vmul.f32 s\sum, s\x, s\weight
.endm

.macro tap size, y, x
  .set first, 8 + 2 * \x
  .if \y + \x == 0
  multiply_one 0, 16, 8
  multiply_one 1, 16, 9
  multiply_one 2, 17, 8
  multiply_one 3, 17, 9
  multiply_one 4, %(17 + \size), 8
  multiply_one 5, %(17 + \size), 9
  multiply_one 6, %(18 + \size), 8
  multiply_one 7, %(18 + \size), 9
  .else
  .set at_x, 16 + \y * (\size + 1) + \x
  fma_run 0, %(first), 2, %(at_x)
  fma_run 2, %(first), 2, %(at_x + 1)
  fma_run 4, %(first), 2, %(at_x + \size + 1)
  fma_run 6, %(first), 2, %(at_x + \size + 2)
  .endif
.endm

.macro taps_of_row size, y
  load_run 8, %(2 * \size), r1, %(8 * \size * \y)
  tap \size, \y, 0
  tap \size, \y, 1
  .if \size > 2
  tap \size, \y, 2
  .endif
.endm

.macro compare_noting one, other
  vcmpe.f32 s\one, s\other
.endm

/* FPSCR notes inputs that are not numbers, and then invalid operations. */
.macro note_not_numbers count
  .set at, 0
  .rept (\count + 1) / 2
    compare_noting %(16 + at), %(15 + \count - at)
    .set at, at + 1
  .endr
.endm

.macro conv_window name, size
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  ldr r12, [sp]
  vpush {s16-s31}
  load_run 16, %((\size + 1) * (\size + 1)), r0, 0
  note_not_numbers %((\size + 1) * (\size + 1))
  vldr s14, [r12]
  vldr s15, [r12, #4]
  .balign 8
1:
  taps_of_row \size, 0
  taps_of_row \size, 1
  .if \size > 2
  taps_of_row \size, 2
  .endif
  load_run 8, 2, r1, %(8 * \size * \size)
  add r1, r1, #(8 * \size * \size + 8)
  vmaxnm.f32 s0, s0, s2
  vmaxnm.f32 s1, s1, s3
  vmaxnm.f32 s4, s4, s6
  vmaxnm.f32 s5, s5, s7
  vmaxnm.f32 s0, s0, s4
  vmaxnm.f32 s1, s1, s5
  vadd.f32 s0, s0, s8
  vadd.f32 s1, s1, s9
  vmaxnm.f32 s0, s0, s14
  vmaxnm.f32 s1, s1, s14
  vminnm.f32 s0, s0, s15
  vminnm.f32 s1, s1, s15
  vstr s0, [r2]
  cmp r3, #1
  it gt
  vstrgt s1, [r2, #4]
  add r2, r2, #8
  subs r3, r3, #2
  bgt.w 1b
  vpop {s16-s31}
  vmrs r1, FPSCR
  ands r0, r1, #1
  bne 2f
  bx lr
2:
  bic r1, r1, #1
  vmsr FPSCR, r1
  bx lr
  .size \name, . - \name
.endm

.global tl_conv_window_2_m7_f32
conv_window tl_conv_window_2_m7_f32, 2
.global tl_conv_window_3_m7_f32
conv_window tl_conv_window_3_m7_f32, 3
