/*
 * Tiles of a depthwise convolution, for the Cortex-M4 and M33: 1 to 3 positions by 4 channels.
 *
 *   void tl_depthwise_tile_POSITIONS_m4_f32(tl_conv_run_t *run)
 *
 * Computes run->tiles tiles, one beside the other, and moves run->in and run->out behind them. Layouts
 * and strides: tl_tiles.h. The sums stay in s0 to s11: [POSITIONS][4].
 *
 * A step takes one element of the kernel: 5 cycles for its weights and 14 for each position, whose
 * inputs become the products. So, per MAC, 4.3 cycles with 3 positions, 4.6 with 2 and 5.8 with 1, and
 * about 90 cycles for each tile.
 */
#include "tl_float_m4.inc"
#include "tl_conv_run.inc"

/* s[first ..] = the floats at \base, which stays */
.macro take_four first, last, base
  vldmia \base, {s\first-s\last}
.endm

.macro multiply_by product, weight
  vmul.f32 s\product, s\product, s\weight
.endm

/* One position's sums += inputs at \base * four weights in s12 to s15; inputs are in s[x ..] */
.macro add_position position, x, base
  take_four %(\x), %(\x + 3), \base
  add \base, \base, lr
  .set at, 0
  .rept 4
    multiply_by %(\x + at), %(12 + at)
    .set at, at + 1
  .endr
  add_run %(4 * \position), %(\x), 4
.endm

.macro put_position position
  put_four %(4 * \position), %(4 * \position + 3)
.endm

.macro put_four first, last
  vstmia r12, {s\first-s\last}
  add r12, r12, r1
.endm

.macro depthwise_tile name, positions
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  vpush {s16-s31}
  ldrd r10, r11, [r0, #TILES] /* and the step */
  ldr lr, [r0, #NEXT]
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
  add r6, r4, r11
  .elseif \positions > 1
  mov r6, r4
  .else
  mov r6, r3
  .endif
  str r6, [r0, #IN]
  ldr r7, [r0, #ROWS]
2:
  ldr r6, [r0, #LENGTH]
  .balign 8
3:
  take_run 12, 4, r1
  add_position 0, 16, r2
  .if \positions > 1
  add_position 1, 20, r3
  .endif
  .if \positions > 2
  add_position 2, 24, r4
  .endif
  subs r6, r6, #1
  bne.w 3b
  add r1, r1, r9
  add r2, r2, r8
  .if \positions > 1
  add r3, r3, r8
  .endif
  .if \positions > 2
  add r4, r4, r8
  .endif
  subs r7, r7, #1
  bne.w 2b

  clamp_sums %(4 * \positions)
  ldr r1, [r0, #OUT_STEP]
  .set position, 0
  .rept \positions
    put_position %(position)
    .set position, position + 1
  .endr
  str r12, [r0, #OUT]
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_depthwise_tile_1_m4_f32
depthwise_tile tl_depthwise_tile_1_m4_f32, 1
.global tl_depthwise_tile_2_m4_f32
depthwise_tile tl_depthwise_tile_2_m4_f32, 2
.global tl_depthwise_tile_3_m4_f32
depthwise_tile tl_depthwise_tile_3_m4_f32, 3
