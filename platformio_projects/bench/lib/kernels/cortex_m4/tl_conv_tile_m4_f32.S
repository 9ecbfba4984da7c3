/*
 * Tiles of a convolution, for the Cortex-M4 and M33: 1 to 4 positions by 4 channels.
 *
 *   void tl_conv_tile_POSITIONS_m4_f32(tl_conv_run_t *run)
 *
 * Computes run->tiles tiles, one beside the other, and moves run->in and run->out behind them. Layouts
 * and strides: tl_tiles.h. The sums stay in s0 to s15: [POSITIONS][4].
 *
 * A step takes two inputs: 22 cycles for 4 positions' loads, then 64 for their products and sums. With
 * its branch: 2.8 cycles per MAC with 4 positions, 3.1 with 3, 3.6 with 2 and 5.1 with 1, and
 * about 80 cycles for each tile if a ReLU or nothing follows.
 */
#include "tl_conv_m4.inc"
#include "tl_conv_run.inc"

.macro put_position first, last
  vstmia r12, {s\first-s\last}
.endm

.macro put_positions positions, step
  .set position, 0
  .rept \positions
    put_position %(4 * position), %(4 * position + 3)
    add r12, r12, \step
    .set position, position + 1
  .endr
.endm

/* The same of a ReLU, by the core: two cycles for a value less than by comparisons. */
.macro put_relus positions, step
  .set position, 0
  .rept \positions
    relu_four %(4 * position), r2, r3, r4, r5
    stmia r12, {r2-r5}
    add r12, r12, \step
    .set position, position + 1
  .endr
.endm

.macro conv_tile name, positions
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  vpush {s16-s31}
  ldrd r10, r11, [r0, #TILES] /* and the step */
  ldr lr, [r0, #LENGTH]
  ldrd r8, r9, [r0, #SKIP]
1:
  ldrd r2, r12, [r0, #IN]
  ldrd r1, r6, [r0, #WEIGHTS]
  vldmia r6, {s0-s3}
  add r3, r2, r11
  .if \positions > 1
  vldmia r6, {s4-s7}
  add r4, r3, r11
  .endif
  .if \positions > 2
  vldmia r6, {s8-s11}
  add r5, r4, r11
  .endif
  .if \positions > 3
  vldmia r6, {s12-s15}
  add r6, r5, r11
  str r6, [r0, #IN]
  .elseif \positions > 2
  str r5, [r0, #IN]
  .elseif \positions > 1
  str r4, [r0, #IN]
  .else
  str r3, [r0, #IN]
  .endif
  ldr r7, [r0, #ROWS]
2:
  add_row \positions, 1
  add r1, r1, r9
  move_positions \positions, r8
  subs r7, r7, #1
  bne.w 2b

  ldrd r2, r3, [r0, #LOW]
  ldr r1, [r0, #OUT_STEP]
  cmp r2, #0
  it eq
  cmpeq r3, #INFINITY
  bne.w 6f
  branch_if_not_numbers 0, %(4 * \positions), r6, 5f
  put_relus \positions, r1
4:
  str r12, [r0, #OUT]
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
5:
  forget_invalid r6
6:
  clamp_sums %(4 * \positions)
  ldr r1, [r0, #OUT_STEP]
  put_positions \positions, r1
  b 4b
  .size \name, . - \name
.endm

.global tl_conv_tile_1_m4_f32
conv_tile tl_conv_tile_1_m4_f32, 1
.global tl_conv_tile_2_m4_f32
conv_tile tl_conv_tile_2_m4_f32, 2
.global tl_conv_tile_3_m4_f32
conv_tile tl_conv_tile_3_m4_f32, 3
.global tl_conv_tile_4_m4_f32
conv_tile tl_conv_tile_4_m4_f32, 4
