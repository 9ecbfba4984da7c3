/*
 * 2 x 2 positions of a convolution by 4 channels, and their maxima, for the Cortex-M4 and M33.
 *
 *   void tl_conv_window_m4_f32(tl_window_run_t *run)
 *
 * Computes run->tiles pooled positions, one beside the other. Layouts and strides: tl_windows_m4.h.
 *
 * 2.75 cycles per MAC, 16 for each row of a window, and about 105 for each pooled position.
 */
#include "tl_conv_window_m4.inc"

.global tl_conv_window_m4_f32
begin_windows tl_conv_window_m4_f32
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

  put_maxima tl_conv_window_m4_f32, 1b
