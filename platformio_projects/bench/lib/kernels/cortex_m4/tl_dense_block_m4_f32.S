/*
 * Blocks of outputs of a dense layer, for the Cortex-M4 and M33: blocks of 4 to 13 outputs.
 *
 *   const float *tl_dense_block_WIDTH_m4_f32(const tl_dense_t *shape, int blocks, const float *in,
 *                                            const float *weights, float *out)
 *
 * weights[blocks]: bias[WIDTH], then [inputs][WIDTH]. Returns their end. `out` may not overlap `in`.
 *
 * The weights of an input are one VLDM. So (3 + 1 / WIDTH) cycles per MAC, if flash delivers a word
 * in a cycle.
 */
#include "tl_float_m4.inc"

.equ INPUTS, 4
.equ LOW, 12
.equ HIGH, 16
.equ NEGATIVE_INFINITY, 0xff800000
.equ INFINITY, 0x7f800000

.macro input_step width, x
  take_run \width, \width, r3
  add_products 0, \width, \width, \x
.endm

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
  take_run 0, \width, r3
  mov r6, r2
  lsrs r7, r5, #2
  beq 3f
  .balign 8
2:
  vldmia r6!, {s28-s31}
  input_step \width, 28
  input_step \width, 29
  input_step \width, 30
  input_step \width, 31
  subs r7, r7, #1
  bne 2b
3:
  ands r7, r5, #3
  beq 5f
4:
  vldmia r6!, {s28}
  input_step \width, 28
  subs r7, r7, #1
  bne 4b
5:
  cmp r8, #NEGATIVE_INFINITY
  beq 6f
  vldr s30, [r0, #LOW]
  raise_run 0, \width, 30
6:
  put_run 0, \width, r4
  cmp r9, #INFINITY
  beq 7f
  vldr s31, [r0, #HIGH]
  sub r6, r4, #(4 * \width)
  lower_floats r6, r4, 31
7:
  subs r1, r1, #1
  bne.w 1b
  vpop {s16-s31}
  mov r0, r3
  pop {r4-r9, pc}
  .size \name, . - \name
.endm

.global tl_dense_block_4_m4_f32
dense_block tl_dense_block_4_m4_f32, 4
.global tl_dense_block_5_m4_f32
dense_block tl_dense_block_5_m4_f32, 5
.global tl_dense_block_6_m4_f32
dense_block tl_dense_block_6_m4_f32, 6
.global tl_dense_block_7_m4_f32
dense_block tl_dense_block_7_m4_f32, 7
.global tl_dense_block_8_m4_f32
dense_block tl_dense_block_8_m4_f32, 8
.global tl_dense_block_9_m4_f32
dense_block tl_dense_block_9_m4_f32, 9
.global tl_dense_block_10_m4_f32
dense_block tl_dense_block_10_m4_f32, 10
.global tl_dense_block_11_m4_f32
dense_block tl_dense_block_11_m4_f32, 11
.global tl_dense_block_12_m4_f32
dense_block tl_dense_block_12_m4_f32, 12
.global tl_dense_block_13_m4_f32
dense_block tl_dense_block_13_m4_f32, 13
