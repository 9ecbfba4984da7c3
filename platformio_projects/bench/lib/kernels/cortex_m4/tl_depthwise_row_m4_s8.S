/*
 * A row of a depthwise convolution of 3 x 3, for the Cortex-M4 and M33.
 *
 *   void NAME(const int32_t *stream, const int16_t *const rows[3], int8_t *out,
 *             const tl_lines_s8_t *shape)
 *
 * stream[channels]: (w0, w1), (w1, w2) of each of three rows; the sum to begin with; both doubled;
 * mantissa, exponent, offset. rows[3][channels][line]: the padded inputs, expanded. out[width][channels].
 *
 * Registers: r0 stream, r1, r3, r14 rows, r2 out, r4-r7 sums, r8-r10 elements, r11-r12 weights.
 * s0 channels to do, s1 outputs in four, s2 bytes of a line, s3 channels, s4 out of this channel,
 * s5-s7 its rows, s8 outputs, s9 rest of s1.
 * Cycles: with stride 1 19 loads and 4, 24 MACs, 26 to 30 of requantisation and 8 for four outputs of 9 MACs.
 */
#include "tl_requantise_m4.inc"

.equ CHANNELS, 0
.equ WIDTH, 4
.equ LINE, 8

.macro load_words row, count
  ldr r8, [\row]
  ldr r9, [\row, #4]
  .if (\count) > 2
  ldr r10, [\row, #8]
  .endif
.endm

/* Products of a row for `count` outputs at stride 1, added to those registers or to r4. */
.macro near_row row, number, count, a, b, c, d
  ldr r11, [r0, #(8 * \number)]
  ldr r12, [r0, #(8 * \number + 4)]
  load_words \row, (\count / 2 + 1)
  .if \count == 4
  smlad r7, r10, r12, \d
  smlad r6, r9, r11, \c
  .endif
  .if \count >= 2
  smlad r5, r9, r12, \b
  .endif
  smlad r4, r8, r11, \a
  .if \count == 4
  smlatb r7, r9, r11, r7
  smlabt r6, r10, r12, r6
  .endif
  .if \count >= 2
  smlatb r5, r8, r11, r5
  .endif
  smlabt r4, r9, r12, r4
.endm

/* The same at stride 2. */
.macro far_row row, number, count, a, b, c, d
  ldr r11, [r0, #(8 * \number)]
  ldr r12, [r0, #(8 * \number + 4)]
  load_words \row, (\count + 1)
  .if \count == 4
  smlad r6, r10, r11, \c
  .endif
  .if \count >= 2
  smlad r5, r9, r11, \b
  smlabt r5, r10, r12, r5
  .endif
  .if \count == 4
  ldr r10, [\row, #16]
  .ifnc \d, r7
  mov r7, \d
  .endif
  .endif
  smlad r4, r8, r11, \a
  .if \count == 4
  ldr r8, [\row, #12]
  .endif
  smlabt r4, r9, r12, r4
  .if \count == 4
  smlad r7, r8, r11, r7
  smlabt r6, r8, r12, r6
  smlabt r7, r10, r12, r7
  .endif
.endm

/* An address is ready a cycle after it was computed: r9 and r2 take turns. */
.macro write_two first, second
  add r9, r2, r8
  strb \first, [r2]
  add r2, r9, r8
  strb \second, [r9]
.endm

.macro outputs count, products, exact
  ldr r4, [r0, #24]
  \products r1, 0, \count, r4, r4, r4, r4
  \products r3, 1, \count, r4, r5, r6, r7
  \products r14, 2, \count, r4, r5, r6, r7
  ldr r10, [r0, #28]
  ldr r11, [r0, #32]
  ldr r12, [r0, #36]
  vmov r8, s3
  .if \count == 4
  requantise \exact, r9, r4, r5, r6, r7
  .elseif \count == 2
  requantise \exact, r9, r4, r5
  .else
  requantise \exact, r9, r4
  .endif
  .if \count == 1
  strb r4, [r2]
  .else
  write_two r4, r5
  .endif
  .if \count == 4
  write_two r6, r7
  .endif
.endm

.macro advance bytes
  add r1, r1, #\bytes
  add r3, r3, #\bytes
  add r14, r14, #\bytes
.endm

.macro depthwise_row name, products, step, exact
  .section .text.\name, "ax", %progbits
  .balign 32
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  ldr r4, [r3, #CHANNELS]
  ldr r5, [r3, #WIDTH]
  ldr r6, [r3, #LINE]
  vmov s0, r4
  vmov s3, r4
  vmov s8, r5
  lsr r5, r5, #2
  vmov s1, r5
  lsl r6, r6, #1
  vmov s2, r6
  vmov s4, r2
  ldr r14, [r1, #8]
  ldr r3, [r1, #4]
  ldr r1, [r1]
1:
  vmov s5, r1
  vmov s6, r3
  vmov s7, r14
  vmov r8, s1
  cmp r8, #0
  beq 3f
  .balign 8
2:
  vmov s9, r8
  outputs 4, \products, \exact
  vmov r8, s9
  advance (8 * \step)
  subs r8, r8, #1
  bne.w 2b
3:
  vmov r8, s8
  tst r8, #2
  beq 4f
  outputs 2, \products, \exact
  vmov r8, s8
  advance (4 * \step)
4:
  tst r8, #1
  beq 5f
  outputs 1, \products, \exact
5:
  vmov r4, s2
  vmov r1, s5
  vmov r3, s6
  vmov r14, s7
  vmov r2, s4
  vmov r5, s0
  add r0, r0, #40
  add r1, r1, r4
  add r3, r3, r4
  add r14, r14, r4
  add r2, r2, #1
  vmov s4, r2
  subs r5, r5, #1
  vmov s0, r5
  bne.w 1b
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_depthwise_row_m4_s8
depthwise_row tl_depthwise_row_m4_s8, near_row, 1, 1
.global tl_depthwise_row_relu_m4_s8
depthwise_row tl_depthwise_row_relu_m4_s8, near_row, 1, 0
.global tl_depthwise_row_far_m4_s8
depthwise_row tl_depthwise_row_far_m4_s8, far_row, 2, 1
.global tl_depthwise_row_far_relu_m4_s8
depthwise_row tl_depthwise_row_far_relu_m4_s8, far_row, 2, 0
