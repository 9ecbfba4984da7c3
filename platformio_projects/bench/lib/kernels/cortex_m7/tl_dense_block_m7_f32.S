/*
 * Blocks of outputs of a dense layer, for the Cortex-M7: blocks of 4 to 10 outputs.
 *
 *   const float *tl_dense_block_WIDTH_m7_f32(const tl_dense_t *shape, int blocks, const float *in,
 *                                            const float *weights, float *out)
 *
 * weights[blocks]: bias[WIDTH], then [inputs][WIDTH]. Returns their end. `out` may not overlap `in`.
 *
 * A step takes two inputs: all loads, two of them in a cycle, then all multiply-accumulates, one in a
 * cycle; a load beside one of these would cost a cycle more. So (1.5 + 1 / WIDTH) cycles per MAC, if
 * the weights arrive in time.
 */
#include "tl_float_m7.inc"

.equ INPUTS, 4
.equ LOW, 12
.equ HIGH, 16
.equ NEGATIVE_INFINITY, 0xff800000
.equ INFINITY, 0x7f800000

.macro dense_block name, width
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r9, lr}
  vpush {s16-s31}
  ldr r4, [sp, #92] /* out */
  ldr r5, [r0, #INPUTS]
  ldrd r8, r9, [r0, #LOW]
1:
  load_run 0, \width, r3, 0
  add r3, r3, #(4 * \width)
  mov r6, r2
  lsrs r7, r5, #1
  beq 3f
  .balign 8
2:
  load_run \width, %(2 * \width), r3, 0
  vldr s30, [r6]
  vldr s31, [r6, #4]
  fma_run 0, \width, 2, 30
  add r3, r3, #(8 * \width)
  fma_run 2, %(\width + 2), %(\width - 2), 30
  adds r6, r6, #8
  fma_run 0, %(2 * \width), 2, 31
  subs r7, r7, #1
  fma_run 2, %(2 * \width + 2), %(\width - 2), 31
  bne 2b
3:
  tst r5, #1
  beq 4f
  load_run \width, \width, r3, 0
  vldr s30, [r6]
  add r3, r3, #(4 * \width)
  fma_run 0, \width, \width, 30
4:
  cmp r8, #NEGATIVE_INFINITY
  beq 5f
  vldr s30, [r0, #LOW]
  raise_run 0, \width, 30
5:
  store_run 0, \width, r4
  mov r6, r4
  add r4, r4, #(4 * \width)
  cmp r9, #INFINITY
  beq 6f
  vldr s31, [r0, #HIGH]
  lower_floats r6, r4, 31
6:
  subs r1, r1, #1
  bne.w 1b
  vpop {s16-s31}
  mov r0, r3
  pop {r4-r9, pc}
  .size \name, . - \name
.endm

.global tl_dense_block_4_m7_f32
dense_block tl_dense_block_4_m7_f32, 4
.global tl_dense_block_5_m7_f32
dense_block tl_dense_block_5_m7_f32, 5
.global tl_dense_block_6_m7_f32
dense_block tl_dense_block_6_m7_f32, 6
.global tl_dense_block_7_m7_f32
dense_block tl_dense_block_7_m7_f32, 7
.global tl_dense_block_8_m7_f32
dense_block tl_dense_block_8_m7_f32, 8
.global tl_dense_block_9_m7_f32
dense_block tl_dense_block_9_m7_f32, 9
.global tl_dense_block_10_m7_f32
dense_block tl_dense_block_10_m7_f32, 10
