/*
 * 2 x 2 positions of a convolution of one channel, and their maxima, for the Cortex-M4 and M33.
 *
 *   void tl_conv_first_SIZE_m4_f32(tl_window_run_t *run)
 *
 * Filters of SIZE x SIZE elements, with strides of one. Computes run->channels channels of run->tiles
 * pooled positions, one beside the other. Layouts and strides: tl_windows_m4.h.
 *
 * The (SIZE + 1) x (SIZE + 1) inputs stay in s0 and up for all channels, the four sums are in s26 to
 * s29. A channel takes 2 cycles per MAC, 1 for each weight, and about 26: so 3.9 cycles per MAC with 2 x 2
 * elements, and 3.0 with 3 x 3. A maximum with a sum that is not a number is none, as in
 * tl_conv_max_pool_f32: this is looked at if the comparisons say so.
 */
#include "tl_float_m4.inc"

.equ IN, 0
.equ OUT, 4
.equ WEIGHTS, 8
.equ TILES, 16
.equ OUT_STEP, 24
.equ BELOW, 44
.equ LOW, 48
.equ HIGH, 52
.equ CHANNELS, 56
.equ INFINITY, 0x7f800000

.macro take_lines size
  .set line, 0
  .rept \size + 1
    mov r3, r2
    take_run %((\size + 1) * line), %(\size + 1), r3
    .set line, line + 1
    .if line <= \size
    add r2, r2, r5
    .endif
  .endr
.endm

.macro start_sum number, bias, product
  vadd.f32 s\number, s\bias, s\product
.endm

/* The element at (row, column) of the filter, weight number \tap, times two positions' inputs */
.macro add_to_two size, tap, row, column, first
  multiply_into 30, %(\first + \tap + 1), %((\size + 1) * (\row) + \column)
  multiply_into 31, %(\first + \tap + 1), %((\size + 1) * (\row) + \column + 1)
.endm

.macro add_tap_to_four size, tap, row, column, first
  add_to_two \size, \tap, %(\row), %(\column), \first
  .if \tap == 0
    start_sum 26, \first, 30
    start_sum 27, \first, 31
  .else
    add_one 26, 30
    add_one 27, 31
  .endif
  add_to_two \size, \tap, %(\row + 1), %(\column), \first
  .if \tap == 0
    start_sum 28, \first, 30
    start_sum 29, \first, 31
  .else
    add_one 28, 30
    add_one 29, 31
  .endif
.endm

.macro add_taps size, first
  .set tap, 0
  .rept \size * \size
    add_tap_to_four \size, %(tap), %(tap / \size), %(tap % \size), \first
    .set tap, tap + 1
  .endr
.endm

.macro take_greater to, from
  vmrs APSR_nzcv, FPSCR
  it gt
  vmovgt.f32 s\to, s\from
.endm

/* s26 = the greatest of s26 to s29, and at least r8. What is not a number stays where it is. */
.macro take_greatest
  compare_noting 27, 26
  vmov s30, r8
  vmrs APSR_nzcv, FPSCR
  compare_noting 29, 28
  move_if_greater 26, 27
  take_greater 28, 29
  compare_noting 28, 26
  take_greater 26, 28
  compare_noting 30, 26
  take_greater 26, 30
.endm

/* Weights from s[first] on */
.macro conv_first name, size, first
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  vpush {s16-s31}
  ldrd r10, r11, [r0, #TILES] /* and the step */
  ldrd r4, r12, [r0, #IN]
  ldr r5, [r0, #BELOW]
  ldrd r8, r9, [r0, #LOW]
  cmp r9, #INFINITY
  beq 1f
  vmrs r2, FPSCR /* the note stays, so that each value is looked at */
  orr r2, r2, #1
  vmsr FPSCR, r2
1:
  mov r2, r4
  take_lines \size
  ldr r1, [r0, #WEIGHTS]
  ldr r7, [r0, #CHANNELS]
  mov r6, r12
  .balign 8
2:
  take_run \first, %(\size * \size + 1), r1
  add_taps \size, \first
  take_greatest
  vmrs r2, FPSCR
  lsls r2, r2, #INVALID_SHIFT
  bmi.w 4f
3:
  vstmia r6!, {s26}
  subs r7, r7, #1
  bne.w 2b
  ldr r3, [r0, #OUT_STEP]
  add r4, r4, r11
  add r12, r12, r3
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
4:
  cmp r9, #INFINITY
  bne 5f
  forget_invalid r2
5:
  take_if_not_number 26, 27
  take_if_not_number 26, 28
  take_if_not_number 26, 29
  vmov s31, r9
  lower_run 26, 1, 31
  b 3b
  .size \name, . - \name
.endm

.global tl_conv_first_2_m4_f32
conv_first tl_conv_first_2_m4_f32, 2, 9
.global tl_conv_first_3_m4_f32
conv_first tl_conv_first_3_m4_f32, 3, 16
