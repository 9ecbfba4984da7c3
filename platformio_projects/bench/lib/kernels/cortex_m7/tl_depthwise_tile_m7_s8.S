/*
 * One channel of a depthwise convolution of 3 x 3, for the Cortex-M7: strides of 1, or of 2 in a row.
 *
 *   void tl_depthwise_tile_m7_s8(const tl_depthwise_tile_s8_t *tile, const int32_t *weights,
 *                                const int16_t *plane, int8_t *out)
 *   void tl_depthwise_strided_tile_m7_s8(the same)
 *
 * plane: the channel's elements with padding, as int16, in rows of tile->row_bytes, a multiple of
 * four. weights: the doubled weights 0 and 1, then 1 and 2 of each row of the filter as halfwords;
 * the doubled sum of no products, rounding, mantissa, shift (tl_integer_m7.inc).
 *
 * Registers: r0 weights, r1 plane, r2 out, r3 bytes from output to output, r4-r7 sums of up to four outputs, r8-r10
 * elements, r11 and r12 weights, r14 bytes of a row.
 * Four outputs take 24 multiplications, the floor, and about 20 cycles for their elements: 1.3 cycles
 * per MAC in rows of many outputs.
 */
#include "tl_integer_m7.inc"

.equ ROWS, 0
.equ FOURS, 4
.equ REST, 8
.equ ROW_BYTES, 12
.equ NEXT_ROW, 16
.equ OUT_BYTES, 20
.equ OUT, 24
.equ LEFT, 28
.equ OUT_ROW, 32
.equ FRAME, 36

.macro if_more_than least, count, instruction:vararg
  .ifgt \count - \least
  \instruction
  .endif
.endm

/* Loads while the row before is multiplied: \next rows follow. The first sums are in r7. */
.macro next_row next, register, offset
  .ifgt \next
  ldr.w \register, [r1, #\offset]
  .endif
.endm

.macro next_weights row, register, offset
  .iflt \row - 2
  ldr.w \register, [r0, #(8 * \row + 8 + \offset)]
  .endif
.endm

.macro filter_row row, count, a, b, c
  .iflt \row - 2
  add.w r1, r1, r14
  .endif
  smlad r4, r8, r11, \a
  if_more_than 1, \count, smlatb r5, r8, r11, \b
  next_row %(2 - \row), r8, 0
  if_more_than 2, \count, smlad r6, r9, r11, \c
  if_more_than 3, \count, smlatb r7, r9, r11, r7
  next_weights \row, r11, 0
  smlabt r4, r9, r12, r4
  if_more_than 1, \count, smlad r5, r9, r12, r5
  next_row %(2 - \row), r9, 4
  if_more_than 2, \count, smlabt r6, r10, r12, r6
  if_more_than 3, \count, smlad r7, r10, r12, r7
  if_more_than 2, \count, next_row %(2 - \row), r10, 8
  next_weights \row, r12, 4
.endm

.macro first_loads count, stride
  ldr.w r8, [r1]
  ldr.w r11, [r0]
  ldr.w r9, [r1, #4]
  ldr.w r12, [r0, #4]
  ldr r7, [r0, #24]
  .ifeq \stride - 1
  if_more_than 2, \count, ldr.w r10, [r1, #8]
  .endif
.endm

/* A stride of 2: an element more for each output. */
.macro strided_row row, count, a, b, c
  smlad r4, r8, r11, \a
  if_more_than 1, \count, ldr.w r10, [r1, #8]
  smlabt r4, r9, r12, r4
  if_more_than 2, \count, ldr.w r8, [r1, #12]
  if_more_than 1, \count, smlad r5, r9, r11, \b
  if_more_than 3, \count, ldr.w r9, [r1, #16]
  if_more_than 1, \count, smlabt r5, r10, r12, r5
  .iflt \row - 2
  add.w r1, r1, r14
  .endif
  if_more_than 2, \count, smlad r6, r10, r11, \c
  if_more_than 2, \count, smlabt r6, r8, r12, r6
  if_more_than 3, \count, smlad r7, r8, r11, r7
  next_row %(2 - \row), r8, 0
  next_weights \row, r11, 0
  if_more_than 3, \count, smlabt r7, r9, r12, r7
  next_row %(2 - \row), r9, 4
  next_weights \row, r12, 4
.endm

.macro rounded value, temporary
  smmlar \value, \value, r11, \temporary
.endm

.macro stored count
  if_more_than 0, \count, strb r4, [r2]
  if_more_than 1, \count, strb r5, [r2, r3]
  add.w r2, r2, r3, lsl #1
  if_more_than 2, \count, strb r6, [r2]
  if_more_than 3, \count, strb r7, [r2, r3]
.endm

/* \count outputs of the elements at r1, which moves on, as r2 does after four. */
.macro outputs count, stride
  first_loads \count, \stride
  .ifeq \stride - 1
  filter_row 0, \count, r7, r7, r7
  filter_row 1, \count, r4, r5, r6
  filter_row 2, \count, r4, r5, r6
  .else
  strided_row 0, \count, r7, r7, r7
  strided_row 1, \count, r4, r5, r6
  strided_row 2, \count, r4, r5, r6
  .endif
  ldr.w r8, [r0, #28]
  ldr.w r11, [r0, #32]
  sub.w r1, r1, r14, lsl #1
  ldr.w r9, [r0, #36]
  rounding_of r10, r8, r4
  if_more_than 1, \count, rounding_of r12, r8, r5
  rounded r4, r10
  if_more_than 2, \count, rounding_of r10, r8, r6
  if_more_than 1, \count, rounded r5, r12
  if_more_than 3, \count, rounding_of r12, r8, r7
  if_more_than 2, \count, rounded r6, r10
  asr.w r4, r4, r9
  if_more_than 3, \count, rounded r7, r12
  if_more_than 1, \count, asr.w r5, r5, r9
  ssat r4, #8, r4
  if_more_than 2, \count, asr.w r6, r6, r9
  if_more_than 1, \count, ssat r5, #8, r5
  if_more_than 3, \count, asr.w r7, r7, r9
  if_more_than 2, \count, ssat r6, #8, r6
  add.w r1, r1, #(2 * \stride * \count)
  if_more_than 3, \count, ssat r7, #8, r7
  stored \count
.endm

.macro depthwise_tile name, stride
  .section .text.\name, "ax", %progbits
  .balign 8
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldm r0, {r4-r10}
  mov r0, r1
  mov r1, r2
  mov r2, r3
  stm sp, {r4-r9}
  str r10, [sp, #OUT_ROW]
  mov r3, r9
  mov r14, r7
1:
  str r2, [sp, #OUT]
  ldr r4, [sp, #FOURS]
  cmp r4, #0
  beq.w 3f
  .balign 8
2:
  str r4, [sp, #LEFT]
  outputs 4, \stride
  ldr r4, [sp, #LEFT]
  add.w r2, r2, r3, lsl #1
  subs r4, r4, #1
  bne.w 2b
3:
  ldr r4, [sp, #REST]
  cmp r4, #2
  blt.w 4f
  bgt.w 5f
  outputs 2, \stride
  b.w 7f
4:
  cmp r4, #0
  beq.w 7f
  outputs 1, \stride
  b.w 7f
5:
  outputs 3, \stride
7:
  ldr r5, [sp, #NEXT_ROW]
  ldr r4, [sp, #ROWS]
  ldr r2, [sp, #OUT]
  ldr r6, [sp, #OUT_ROW]
  add r1, r1, r5
  add r2, r2, r6
  subs r4, r4, #1
  str r4, [sp, #ROWS]
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_depthwise_tile_m7_s8
depthwise_tile tl_depthwise_tile_m7_s8, 1
.global tl_depthwise_strided_tile_m7_s8
depthwise_tile tl_depthwise_strided_tile_m7_s8, 2
