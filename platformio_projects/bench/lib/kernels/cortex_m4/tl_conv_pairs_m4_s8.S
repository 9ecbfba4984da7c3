/*
 * Convolutions, two positions and four channels at a time, for the Cortex-M4 and M33.
 *
 *   void NAME(const tl_pairs_s8_t *job)
 *
 * For each of `pairs`, the windows at in and in + second are expanded to patch[depth / 2][2]: two
 * elements of the first position, two of the second one; a window's elements are the whole words of
 * its rows, then the bytes behind them. Then all filters are computed.
 *
 * For each of `blocks` of four channels, the stream has four sums to begin with (of channel 0, of
 * 0 + 256 * 1, of 2, of 2 + 256 * 3), [depth / 2][2] words of weights, and mantissa, exponent, offset
 * of each channel. The halfwords of the weights are w[0] + 256 * w[1] and w[2] + 256 * w[3]: the sum
 * of their products has both sums, and that of their low bytes' products separates them.
 * `depth`: of a patch, a multiple of 4.
 *
 * Those with `scaled` have shifts (of the second and the fourth channel, less 8) instead of exponents:
 * with the product, results are 2^16 times elements that are 128 more than the output's; they have 16
 * bits, and those below 0 are saturated.
 *
 * The functions with `whole` are for words only, a multiple of 16 elements; those with `nines` for three
 * rows of nine bytes, as of 3 x 3 pixels of three colours.
 *
 * Registers: r0 stream, r1 patch, r2-r3 elements, r4-r5 weights, r6-r9 and r10-r14 sums of both
 * positions. s0 end of the patch, s1 its start, s2-s3 outputs, s4 end of the stream, s5 first step, s6
 * what of the first round is skipped, s8 job, s9 input, s10 pairs, s12 output.
 * 15 cycles for 16 MACs: 4 loads and 1, 8 SMLAD, 2 SXTB16; 5 for a round of 12; for an output 7.5 cycles
 * and 4 of a block. Without the bytes behind whole words, a pair's instructions fit in a cache of 1 KB.
 */
#include "tl_requantise_m4.inc"

.equ STREAM, 0
.equ PATCH, 4
.equ DEPTH, 8
.equ BLOCKS, 12
.equ ROWS, 16
.equ WORDS, 20
.equ REST, 24
.equ IN, 28
.equ PITCH, 32
.equ SECOND, 36
.equ IN_STEP, 40
.equ OUT, 44
.equ OUT_SECOND, 48
.equ OUT_STEP, 52
.equ PAIRS, 56

.equ STEPS, 12
.equ WHOLE, 8
.equ NINES, 7
.equ SCALED, 2 /* of forms; 1: for any results, 0: for those that are saturated below zero */
.equ STEP_CODE, 48

/* r0 and r1 are 8 bytes ahead of what is next; the last step of a round moves them. */
.macro filter_step at, last
  .if \last
  ldr r3, [r1, #(8 * \at + 4)]
  ldr r2, [r1, #(8 * \at)]!
  ldr r5, [r0, #(8 * \at + 4)]
  ldr r4, [r0, #(8 * \at)]!
  .else
  ldr.n r2, [r1, #(8 * \at)]
  ldr.n r3, [r1, #(8 * \at + 4)]
  ldr.n r4, [r0, #(8 * \at)]
  ldr.n r5, [r0, #(8 * \at + 4)]
  .endif
  smlad r7, r4, r2, r7
  smlad r11, r4, r3, r11
  sxtb16 r4, r4
  smlad r9, r5, r2, r9
  smlad r14, r5, r3, r14
  sxtb16 r5, r5
  smlad r6, r4, r2, r6
  smlad r10, r4, r3, r10
  smlad r8, r5, r2, r8
  smlad r12, r5, r3, r12
.endm

/* Instructions that set flags are half as long, if their registers are low ones. */
.macro separate_sums low, both
  subs \both, \both, \low
  lsls \low, \low, #1
  asrs \both, \both, #7
.endm

.macro load_channel channel
  ldr.n r2, [r0, #(12 * \channel + 8)]
  ldr.n r3, [r0, #(12 * \channel + 12)]
  ldr.n r4, [r0, #(12 * \channel + 16)]
.endm

/* The next channel is loaded before this one is stored: a load behind a store waits. */
.macro write_channel exact, channel, first, second
  .if \exact
  vmov s13, r0
  .endif
  requantise \exact, r0, r2, r3, r4, \first, \second
  .if \exact
  vmov r0, s13
  .endif
  .if \channel < 3
  load_channel %(\channel + 1)
  .endif
  strb \first, [r5, #\channel]
  strb \second, [r1, #\channel]
.endm

/* Of multiplied sums, in the upper halves. */
.macro multiply_channel channel, first, second
  load_channel \channel
  lsl \first, \first, r2
  lsl \second, \second, r2
  smmla \first, \first, r3, r4
  smmla \second, \second, r3, r4
.endm

/* Four of these as bytes in `a`. */
.macro pack a, b, c, d
  pkhtb \a, \c, \a, asr #16
  pkhtb \b, \d, \b, asr #16
  usat16 \a, #8, \a
  usat16 \b, #8, \b
  orr \a, \a, \b, lsl #8
  eor \a, \a, #0x80808080
.endm

.macro write_scaled
  subs r7, r7, r6
  subs r9, r9, r8
  sub r11, r11, r10
  sub r14, r14, r12
  vmov r5, s2
  vmov r1, s3
  multiply_channel 0, r6, r10
  multiply_channel 1, r7, r11
  multiply_channel 2, r8, r12
  multiply_channel 3, r9, r14
  pack r6, r7, r8, r9
  pack r10, r11, r12, r14
  str r6, [r5], #4
  str r10, [r1], #4
.endm

.macro write_each exact
  separate_sums r6, r7
  separate_sums r8, r9
  separate_sums r10, r11
  separate_sums r12, r14
  vmov r5, s2
  vmov r1, s3
  load_channel 0
  write_channel \exact, 0, r6, r10
  write_channel \exact, 1, r7, r11
  write_channel \exact, 2, r8, r12
  write_channel \exact, 3, r9, r14
  adds r5, r5, #4
  adds r1, r1, #4
.endm

/* Of four bytes in each of r6 and r8. */
.macro put_both
  sxtb16 r5, r6
  sxtb16 r7, r6, ror #8
  sxtb16 r6, r8
  sxtb16 r8, r8, ror #8
  str r6, [r3, #4]
  str r7, [r3, #8]
  str r8, [r3, #12]
  str r5, [r3], #16
.endm

/* The windows of a pair; r14: job. */
.macro expand_both rest
  vmov r2, s9
  ldr r1, [r14, #WORDS]
  ldr r9, [r14, #ROWS]
  ldr r12, [r14, #PITCH]
  ldr r4, [r14, #SECOND]
  ldr r5, [r14, #IN_STEP]
  ldr r3, [r14, #PATCH]
  add r4, r2, r4
  add r5, r2, r5
  vmov s9, r5
  sub r12, r12, r1, lsl #2
  cbz r1, 5f
  mov r0, r2
  mov r11, r4
3:
  mov r10, r1
4:
  ldr r6, [r0], #4
  ldr r8, [r11], #4
  put_both
  subs r10, r10, #1
  bne 4b
  add r0, r0, r12
  add r11, r11, r12
  subs r9, r9, #1
  bne 3b
5:
  .if \rest
  ldr r10, [r14, #REST]
  cmp r10, #0
  bne.w 7f
  .endif
6:
.endm

/* The bytes behind the words of rows, four by four. */
.macro expand_rest
7:
  add r2, r2, r1, lsl #2
  add r4, r4, r1, lsl #2
  ldr r12, [r14, #PITCH]
  ldr r9, [r14, #ROWS]
  sub r12, r12, r10
  movs r1, #4
8:
  mov r0, r10
9:
  ldrb r5, [r2], #1
  ldrb r7, [r4], #1
  lsrs r6, r6, #8
  lsr r8, r8, #8
  orr r6, r6, r5, lsl #24
  orr r8, r8, r7, lsl #24
  subs r1, r1, #1
  bne 10f
  put_both
  movs r1, #4
10:
  subs r0, r0, #1
  bne 9b
  add r2, r2, r12
  add r4, r4, r12
  subs r9, r9, #1
  bne 8b
  cmp r1, #4
  beq.w 6b
  lsls r1, r1, #3
  lsrs r6, r6, r1
  lsr r8, r8, r1
  put_both
  b.w 6b
.endm

/* Two windows of three rows of nine bytes; r14: job. */
.macro expand_word first, second, at
  sxtb16 r11, \first
  sxtb16 \first, \first, ror #8
  str r11, [r3, #\at]
  str \first, [r3, #(\at + 8)]
  sxtb16 r11, \second
  sxtb16 \second, \second, ror #8
  str r11, [r3, #(\at + 4)]
  str \second, [r3, #(\at + 12)]
.endm

.macro expand_nines
  vmov r2, s9
  ldr r12, [r14, #PITCH]
  ldr r4, [r14, #SECOND]
  ldr r5, [r14, #IN_STEP]
  ldr r3, [r14, #PATCH]
  add r4, r2, r4
  add r5, r2, r5
  vmov s9, r5
  .set row, 0
  .rept 3
  ldr r5, [r2]
  ldr r6, [r2, #4]
  ldr r7, [r4]
  ldr r8, [r4, #4]
  ldrb r9, [r2, #8]
  ldrb r10, [r4, #8]
  .if row
  orr r0, r0, r9, lsl #(8 * row)
  orr r1, r1, r10, lsl #(8 * row)
  .else
  mov r0, r9
  mov r1, r10
  .endif
  expand_word r5, r7, %(32 * row)
  add r2, r2, r12
  add r4, r4, r12
  expand_word r6, r8, %(32 * row + 16)
  .set row, row + 1
  .endr
  expand_word r0, r1, 96
.endm

/* All blocks at two positions; r1: s1. */
.macro all_blocks form, steps
1:
  ldmia r0!, {r6-r9}
  .if \steps == STEPS
  vmov r2, s6
  vmov r3, s5
  subs r0, r0, r2
  .else
  subs r0, r0, #8
  .endif
  mov r10, r6
  mov r11, r7
  mov r12, r8
  mov r14, r9
  .if \steps == STEPS
  bx r3
  .endif
  .balign 8
2:
  .set at, 1
  .rept \steps - 1
  filter_step %at, 0
  .set at, at + 1
  .endr
  filter_step \steps, 1
  vmov r2, s0
  cmp r1, r2
  bne.w 2b
  .if \form == SCALED
  write_scaled
  .else
  write_each \form
  .endif
  vmov r3, s4
  vmov s2, r5
  vmov s3, r1
  adds r0, r0, #56
  vmov r1, s1
  cmp r0, r3
  bne.w 1b
.endm

.macro conv_pairs name, form, steps
  .section .text.\name, "ax", %progbits
  .balign 32
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  vmov s8, r0
  mov r14, r0
  ldr r1, [r14, #PATCH]
  ldr r4, [r14, #DEPTH]
  ldr r5, [r14, #BLOCKS]
  ldr r2, [r14, #IN]
  ldr r3, [r14, #OUT]
  ldr r6, [r14, #PAIRS]
  ldr r0, [r14, #STREAM]
  add r7, r4, #16
  mul r5, r5, r7
  add r5, r0, r5, lsl #2
  vmov s4, r5
  vmov s9, r2
  vmov s12, r3
  vmov s10, r6
  subs r1, r1, #8
  add r6, r1, r4, lsl #2
  vmov s0, r6
  .if \steps == STEPS
  movs r5, #STEPS
  lsr r4, r4, #1
  add r6, r4, #(STEPS - 1)
  udiv r6, r6, r5
  mul r6, r6, r5
  subs r4, r6, r4
  lsl r6, r4, #3
  subs r1, r1, r6
  adds r6, r6, #8
  vmov s6, r6
  movs r6, #STEP_CODE
  adr r7, 2f
  mla r7, r4, r6, r7
  orr r7, r7, #1
  vmov s5, r7
  .endif
  vmov s1, r1
11:
  .if \steps == NINES
  expand_nines
  .else
  expand_both (\steps == STEPS)
  .endif
  vmov r2, s12
  ldr r3, [r14, #OUT_SECOND]
  ldr r4, [r14, #OUT_STEP]
  ldr r0, [r14, #STREAM]
  vmov s2, r2
  add r3, r2, r3
  vmov s3, r3
  add r2, r2, r4
  vmov s12, r2
  vmov r1, s1
  all_blocks \form, \steps
  vmov r4, s10
  vmov r14, s8
  subs r4, r4, #1
  vmov s10, r4
  bne.w 11b
  pop {r4-r11, pc}
  .if \steps == STEPS
  expand_rest
  .endif
  .size \name, . - \name
.endm

.global tl_conv_pairs_m4_s8
conv_pairs tl_conv_pairs_m4_s8, 1, STEPS
.global tl_conv_pairs_relu_m4_s8
conv_pairs tl_conv_pairs_relu_m4_s8, 0, STEPS
.global tl_conv_nines_m4_s8
conv_pairs tl_conv_nines_m4_s8, 1, NINES
.global tl_conv_nines_relu_m4_s8
conv_pairs tl_conv_nines_relu_m4_s8, 0, NINES
.global tl_conv_whole_m4_s8
conv_pairs tl_conv_whole_m4_s8, 1, WHOLE
.global tl_conv_whole_relu_m4_s8
conv_pairs tl_conv_whole_relu_m4_s8, 0, WHOLE
.global tl_conv_pairs_scaled_m4_s8
conv_pairs tl_conv_pairs_scaled_m4_s8, SCALED, STEPS
.global tl_conv_nines_scaled_m4_s8
conv_pairs tl_conv_nines_scaled_m4_s8, SCALED, NINES
.global tl_conv_whole_scaled_m4_s8
conv_pairs tl_conv_whole_scaled_m4_s8, SCALED, WHOLE
