/*
 * Blocks of outputs of a dense layer, for the Cortex-M4 and M33: blocks of 4 to 13 outputs.
 *
 *   const float *tl_dense_block_WIDTH_m4_f32(const tl_dense_t *shape, int blocks, const float *in,
 *                                            const float *weights, float *out)
 *
 * weights[blocks]: bias[WIDTH], then [inputs][WIDTH]. Returns their end. `out` may not overlap `in`.
 * A block that would go beyond shape->outputs outputs ends with them: it repeats some of the block
 * before it.
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

/* The last \count of the four registers for inputs */
.macro take_last_inputs width, count
  .if \count == 1
  take_one %(2 * \width + 3), r6
  .else
  take_run %(2 * \width + 4 - \count), \count, r6
  .endif
.endm

/* Registers that a function must leave as they were */
.macro save_registers last
  .if \last > 15
  vpush {s16-s\last}
  .endif
.endm

.macro restore_registers last
  .if \last > 15
  vpop {s16-s\last}
  .endif
.endm

/* The outputs of a ReLU, by the core: more than a cycle for each less than by comparisons. */
.macro put_relus width
  .set output, 0
  .rept \width / 4
    relu_four %(output), r4, r6, r7, lr
    stmia r12!, {r4, r6, r7, lr}
    .set output, output + 4
  .endr
  .rept \width % 4
    put_relu %(output)
    .set output, output + 1
  .endr
.endm

.macro put_relu number
  vmov r4, s\number
  clear_negative r4
  str r4, [r12], #4
.endm

.macro dense_block name, width
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r10, lr}
  ldr r12, [sp, #32] /* out */
  save_registers %(2 * \width + 3)
  ldrd r5, r10, [r0, #INPUTS] /* and the outputs */
  sub r10, r10, #\width
  add r10, r12, r10, lsl #2 /* where the last block goes at most */
  ldrd r8, r9, [r0, #LOW]
1:
  take_run 0, \width, r3
  mov r6, r2
  add r7, r5, #3
  lsls r4, r5, #31 /* carry and sign: the number of inputs modulo 4 */
  lsr r7, r7, #2
  bcs 8f
  bpl 2f
  take_last_inputs \width, 1
  b 5f
8:
  bmi 9f
  take_last_inputs \width, 2
  b 4f
9:
  take_last_inputs \width, 3
  b 3f
  .balign 8
2:
  take_last_inputs \width, 4
  input_step \width, %(2 * \width + 0)
3:
  input_step \width, %(2 * \width + 1)
4:
  input_step \width, %(2 * \width + 2)
5:
  input_step \width, %(2 * \width + 3)
  subs r7, r7, #1
  bne.w 2b
  cmp r12, r10
  it hi
  movhi r12, r10
  cmp r8, #0
  it eq
  cmpeq r9, #INFINITY
  bne.w 11f
  branch_if_not_numbers 0, \width, r6, 10f
  put_relus \width
7:
  subs r1, r1, #1
  bne.w 1b
  restore_registers %(2 * \width + 3)
  mov r0, r3
  pop {r4-r10, pc}
10:
  forget_invalid r6
11:
  cmp r8, #NEGATIVE_INFINITY
  beq 6f
  vldr s15, [r0, #LOW]
  raise_run 0, \width, 15
6:
  put_run 0, \width, r12
  cmp r9, #INFINITY
  beq.w 7b
  vldr s15, [r0, #HIGH]
  sub r6, r12, #(4 * \width)
  lower_floats r6, r12, 15
  b 7b
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
