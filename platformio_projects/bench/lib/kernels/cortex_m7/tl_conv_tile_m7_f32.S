/*
 * Tiles of a convolution, for the Cortex-M7: 1 to 4 positions by 4 channels.
 *
 *   void tl_conv_tile_POSITIONS_m7_f32(tl_conv_run_t *run)
 *
 * Computes run->tiles tiles, one beside the other, and moves run->in and run->out behind them. Layouts
 * and strides: tl_tiles.h. A channel's sums stay in s0 to s15: [POSITIONS][4].
 *
 * A step takes two inputs: all loads, two of them in a cycle, then all multiply-accumulates, one in a
 * cycle; a load beside one of these would cost a cycle more. So, per MAC, 1.25 cycles with 4 positions,
 * 1.29 with 3, 1.38 with 2 and 1.63 with 1, and about 80 cycles for each tile.
 */
#include "tl_float_m7.inc"

.equ IN, 0
.equ OUT, 4
.equ WEIGHTS, 8
.equ BIAS, 12
.equ TILES, 16
.equ STEP, 20
.equ OUT_STEP, 24
.equ ROWS, 28
.equ LENGTH, 32
.equ SKIP, 36
.equ WEIGHT_SKIP, 40
.equ LOW, 44
.equ HIGH, 48
.equ NEGATIVE_INFINITY, 0xff800000
.equ INFINITY, 0x7f800000

/* One position's sums += weights of four channels * s[x] */
.macro fma_position position, weights, x
  fma_run %(4 * \position), \weights, 4, \x
.endm

/* Positions are at r2, r3, r4 and r5. */
.macro load_inputs positions
  vldr s24, [r2]
  vldr s25, [r2, #4]
  .if \positions > 1
  vldr s26, [r3]
  vldr s27, [r3, #4]
  .endif
  .if \positions > 2
  vldr s28, [r4]
  vldr s29, [r4, #4]
  .endif
  .if \positions > 3
  vldr s30, [r5]
  vldr s31, [r5, #4]
  .endif
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
  load_run 0, 4, r6, 0
  .if \positions > 1
  add r3, r2, r11
  load_run 4, 4, r6, 0
  .endif
  .if \positions > 2
  add r4, r3, r11
  load_run 8, 4, r6, 0
  .endif
  .if \positions > 3
  add r5, r4, r11
  load_run 12, 4, r6, 0
  add r6, r5, r11
  .elseif \positions > 2
  add r6, r4, r11
  .elseif \positions > 1
  add r6, r3, r11
  .else
  add r6, r2, r11
  .endif
  str r6, [r0, #IN]
  ldr r7, [r0, #ROWS]
2:
  lsrs r6, lr, #1
  beq 4f
  .balign 8
3:
  load_run 16, 8, r1, 0
  load_inputs \positions
  fma_position 0, 16, 24
  add r1, r1, #32
  add r2, r2, #8
  .if \positions > 1
  fma_position 1, 16, 26
  add r3, r3, #8
  .endif
  .if \positions > 2
  fma_position 2, 16, 28
  add r4, r4, #8
  .endif
  .if \positions > 3
  fma_position 3, 16, 30
  add r5, r5, #8
  .endif
  subs r6, r6, #1
  fma_position 0, 20, 25
  .if \positions > 1
  fma_position 1, 20, 27
  .endif
  .if \positions > 2
  fma_position 2, 20, 29
  .endif
  .if \positions > 3
  fma_position 3, 20, 31
  .endif
  bne.w 3b
4:
  tst lr, #1
  beq 5f
  load_run 16, 4, r1, 0
  vldr s24, [r2]
  .if \positions > 1
  vldr s26, [r3]
  .endif
  .if \positions > 2
  vldr s28, [r4]
  .endif
  .if \positions > 3
  vldr s30, [r5]
  .endif
  fma_position 0, 16, 24
  add r1, r1, #16
  add r2, r2, #4
  .if \positions > 1
  fma_position 1, 16, 26
  add r3, r3, #4
  .endif
  .if \positions > 2
  fma_position 2, 16, 28
  add r4, r4, #4
  .endif
  .if \positions > 3
  fma_position 3, 16, 30
  add r5, r5, #4
  .endif
5:
  add r1, r1, r9
  add r2, r2, r8
  .if \positions > 1
  add r3, r3, r8
  .endif
  .if \positions > 2
  add r4, r4, r8
  .endif
  .if \positions > 3
  add r5, r5, r8
  .endif
  subs r7, r7, #1
  bne.w 2b

  ldrd r2, r3, [r0, #LOW]
  ldr r1, [r0, #OUT_STEP]
  cmp r2, #NEGATIVE_INFINITY
  beq 6f
  vldr s30, [r0, #LOW]
  raise_run 0, %(4 * \positions), 30
6:
  cmp r3, #INFINITY
  beq 7f
  vldr s31, [r0, #HIGH]
  lower_run 0, %(4 * \positions), 31
7:
  store_run 0, 4, r12
  add r12, r12, r1
  .if \positions > 1
  store_run 4, 4, r12
  add r12, r12, r1
  .endif
  .if \positions > 2
  store_run 8, 4, r12
  add r12, r12, r1
  .endif
  .if \positions > 3
  store_run 12, 4, r12
  add r12, r12, r1
  .endif
  str r12, [r0, #OUT]
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_conv_tile_1_m7_f32
conv_tile tl_conv_tile_1_m7_f32, 1
.global tl_conv_tile_2_m7_f32
conv_tile tl_conv_tile_2_m7_f32, 2
.global tl_conv_tile_3_m7_f32
conv_tile tl_conv_tile_3_m7_f32, 3
.global tl_conv_tile_4_m7_f32
conv_tile tl_conv_tile_4_m7_f32, 4
