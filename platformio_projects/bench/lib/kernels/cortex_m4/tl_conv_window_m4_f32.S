/*
 * 2 x 2 positions of a convolution by 4 channels, and their maxima, for the Cortex-M4 and M33.
 *
 *   void tl_conv_window_m4_f32(tl_window_run_t *run)
 *
 * Computes run->tiles pooled positions, one beside the other. Layouts and strides: tl_windows_m4.h.
 *
 * 2.75 cycles per MAC, 16 for each row of a window, and about 105 for each pooled position. A maximum
 * with a sum that is not a number is none, as in tl_conv_max_pool_f32: this is looked at if the
 * comparisons say so.
 */
#include "tl_conv_m4.inc"

.equ IN, 0
.equ WEIGHTS, 8
.equ TILES, 16
.equ OUT_STEP, 24
.equ ROWS, 28
.equ LENGTH, 32
.equ SKIP, 36
.equ RIGHT, 40
.equ LOW, 48
.equ HIGH, 52
.equ INFINITY, 0x7f800000

/* s16 to s19 = the greatest of these and of the four sums of each */
.macro raise_to_sums
  .set at, 0
  .rept 16
    compare_noting %(at), %(16 + at % 4)
    vmrs APSR_nzcv, FPSCR
    move_if_greater %(16 + at % 4), %(at)
    .set at, at + 1
  .endr
.endm

.macro take_all_not_numbers
  .set at, 0
  .rept 16
    take_if_not_number %(16 + at % 4), %(at)
    .set at, at + 1
  .endr
.endm

  .section .text.tl_conv_window_m4_f32, "ax", %progbits
  .balign 8
.global tl_conv_window_m4_f32
  .type tl_conv_window_m4_f32, %function
  .thumb_func
tl_conv_window_m4_f32:
  push {r4-r11, lr}
  vpush {s16-s31}
  ldrd r10, r11, [r0, #TILES] /* and the step */
  ldrd lr, r8, [r0, #LENGTH]  /* and the skip */
  ldr r12, [r0, #(IN + 4)]
1:
  ldr r2, [r0, #IN]
  ldrd r1, r6, [r0, #WEIGHTS]
  ldrd r3, r9, [r0, #RIGHT]
  vldmia r6, {s0-s3}
  add r4, r2, r9
  vldmia r6, {s4-s7}
  add r5, r4, r3
  vldmia r6, {s8-s11}
  add r3, r2, r3
  vldmia r6, {s12-s15}
  add r6, r2, r11
  ldr r7, [r0, #ROWS]
  str r6, [r0, #IN]
2:
  add_row 4, 2
  move_positions 4, r8
  subs r7, r7, #1
  bne.w 2b

  vldr s16, [r0, #LOW]
  ldrd r2, r3, [r0, #LOW]
  ldr r1, [r0, #OUT_STEP]
  vmov.f32 s17, s16
  vmov.f32 s18, s16
  vmov.f32 s19, s16
  raise_to_sums
  vmrs r2, FPSCR
  lsls r2, r2, #INVALID_SHIFT
  bmi 5f
3:
  cmp r3, #INFINITY
  bne 6f
4:
  vstmia r12, {s16-s19}
  add r12, r12, r1
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
5:
  forget_invalid r2
  take_all_not_numbers
  b 3b
6:
  vmov s31, r3
  lower_run 16, 4, 31
  b 4b
  .size tl_conv_window_m4_f32, . - tl_conv_window_m4_f32
