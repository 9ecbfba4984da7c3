/*
 * 2 x 2 positions of a convolution of 2 x 2 elements by 4 channels, and their maxima, for the Cortex-M4
 * and M33.
 *
 *   void tl_conv_four_INPUTS_m4_f32(tl_window_run_t *run)
 *
 * For strides of one and INPUTS channels of the input: 8, 16, 32 or 64. Computes run->tiles pooled
 * positions, one beside the other. weights[INPUTS][2][2][4]; else as in tl_windows_m4.h.
 *
 * Positions share inputs, so each channel of the input has 9 loads of inputs instead of 16: 166 cycles for
 * 64 MACs, 2.6 cycles per MAC, and about 105 for each pooled position.
 */
#include "tl_conv_window_m4.inc"

.macro load_one number, base, offset
  vldr s\number, [\base, #\offset]
.endm

.macro load_three first, base, column
  load_one %(\first), \base, 0
  load_one %(\first + 1), \base, \column
  load_one %(\first + 2), \base, %(2 * \column)
  add \base, \base, #4
.endm

/* The four positions' sums += four weights * one input of each */
.macro add_tap_of_four a, b, c, d
  take_run 16, 4, r1
  multiply_to 28, 16, 4, \a
  add_run 0, 28, 4
  multiply_to 28, 16, 4, \b
  add_run 4, 28, 4
  multiply_to 28, 16, 4, \c
  add_run 8, 28, 4
  multiply_to 28, 16, 4, \d
  add_run 12, 28, 4
.endm

.macro conv_four name, inputs
begin_windows \name
1:
  ldr r2, [r0, #IN]
  ldrd r1, r6, [r0, #WEIGHTS]
  ldr r9, [r0, #BELOW]
  vldmia r6, {s0-s3}
  add r3, r2, r9
  vldmia r6, {s4-s7}
  add r4, r3, r9
  vldmia r6, {s8-s11}
  movs r7, #\inputs
  vldmia r6, {s12-s15}
  add r6, r2, r11
  str r6, [r0, #IN]
  .balign 8
2:
  load_three 20, r2, %(4 * \inputs)
  load_three 23, r3, %(4 * \inputs)
  add_tap_of_four 20, 21, 23, 24
  add_tap_of_four 21, 22, 24, 25
  load_three 20, r4, %(4 * \inputs)
  add_tap_of_four 23, 24, 20, 21
  add_tap_of_four 24, 25, 21, 22
  subs r7, r7, #1
  bne.w 2b
  put_maxima \name, 1b
.endm

.global tl_conv_four_8_m4_f32
conv_four tl_conv_four_8_m4_f32, 8
.global tl_conv_four_16_m4_f32
conv_four tl_conv_four_16_m4_f32, 16
.global tl_conv_four_32_m4_f32
conv_four tl_conv_four_32_m4_f32, 32
.global tl_conv_four_64_m4_f32
conv_four tl_conv_four_64_m4_f32, 64
