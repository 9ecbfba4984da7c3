/*
 * Tiles of a depthwise convolution, for the Cortex-M7: 1 to 3 positions by 4 channels.
 *
 *   void tl_depthwise_tile_POSITIONS_m7_f32(tl_conv_run_t *run)
 *
 * Computes run->tiles tiles, one beside the other, and moves run->in and run->out behind them. Layouts
 * and strides: tl_tiles.h. The sums stay in s0 to s11: [POSITIONS][4].
 *
 * A step takes one element of the kernel: all loads, two of them in a cycle, then all multiply-
 * accumulates. So, per MAC, 1.67 cycles with 3 positions, 1.75 with 2 and 2 with 1, and about 60 cycles
 * for each tile.
 */
#include "tl_float_m7.inc"
#include "tl_conv_run.inc"

.macro fma_products first, count
  .set at, 0
  .rept \count
    fma_product %(\first + at), %(16 + at), %(20 + \first + at)
    .set at, at + 1
  .endr
.endm

.macro fma_product sum, weight, x
  vfma.f32 s\sum, s\weight, s\x
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
  load_run 0, 4, r6, 0
  .if \positions > 1
  add r3, r2, r11
  load_run 4, 4, r6, 0
  .endif
  .if \positions > 2
  add r4, r3, r11
  load_run 8, 4, r6, 0
  add r6, r4, r11
  .elseif \positions > 1
  add r6, r3, r11
  .else
  add r6, r2, r11
  .endif
  str r6, [r0, #IN]
  ldr r7, [r0, #ROWS]
2:
  ldr r6, [r0, #LENGTH]
  .balign 8
3:
  load_run 16, 4, r1, 0
  load_run 20, 4, r2, 0
  .if \positions > 1
  load_run 24, 4, r3, 0
  .endif
  .if \positions > 2
  load_run 28, 4, r4, 0
  .endif
  fma_products 0, 4
  add r1, r1, #16
  add r2, r2, lr
  .if \positions > 1
  fma_products 4, 4
  add r3, r3, lr
  .endif
  .if \positions > 2
  fma_products 8, 4
  add r4, r4, lr
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
  str r12, [r0, #OUT]
  subs r10, r10, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_depthwise_tile_1_m7_f32
depthwise_tile tl_depthwise_tile_1_m7_f32, 1
.global tl_depthwise_tile_2_m7_f32
depthwise_tile tl_depthwise_tile_2_m7_f32, 2
.global tl_depthwise_tile_3_m7_f32
depthwise_tile tl_depthwise_tile_3_m7_f32, 3
