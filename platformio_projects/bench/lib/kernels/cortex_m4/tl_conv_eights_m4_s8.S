/*
 * Convolutions of 1 x 1 of eight channels, for the Cortex-M4 and M33.
 *
 *   void tl_conv_eights_m4_s8(const int32_t *stream, const int8_t *in, int8_t *out,
 *                             const tl_eights_s8_t *shape)
 *
 * in[2 * pairs][8] to out[2 * pairs][4 * blocks]. For each of `blocks` of four channels, the stream has
 * words of weights: the first, then the second of each four elements' bytes 0 and 2, and 1 and 3, of
 * four channels each; four sums to begin with; four mantissas; four offsets. Weights and sums are
 * multiplied by 2^t, so that results are 2^13 times the elements that are 128 more than the output's.
 * They have 16 bits; those below 0 are saturated. TURN pairs are computed for all blocks, then the
 * next.
 *
 * Registers: r0 input, r1 constants, r2-r5 and r6-r9 sums of both positions, r10-r14 elements.
 * s0-s15 weights, s16-s19 sums, s20-s23 mantissas, s24-s27 offsets, s28 output, s29 channels, s30 end of
 * the input in this turn.
 * For two positions and four channels: 8 and 4 loads, 32 MACs and 16 moves, 8 SXTB16, 8 sums to begin
 * with, 32 of requantisation, 12 of stores and the loop: 115 cycles.
 */
.syntax unified
.altmacro
.thumb

.equ PAIRS, 0
.equ BLOCKS, 4
.equ TURN, 32

.macro add_products weight, first, second, one, other
  smlad \first, \one, \weight, \first
  smlad \second, \other, \weight, \second
.endm

.macro load_weight to, at
  vmov \to, s\at
.endm

/* What was moved is ready a cycle later on the M33: where registers are free, two take turns. */
.macro add_word at
  ldr r10, [r0, #(4 * \at)]
  ldr r11, [r0, #(4 * \at + 8)]
  load_weight r1, %(8 * \at)
  sxtb16 r12, r10
  sxtb16 r14, r11
  add_products r1, r2, r6, r12, r14
  load_weight r1, %(8 * \at + 1)
  add_products r1, r3, r7, r12, r14
  load_weight r1, %(8 * \at + 2)
  add_products r1, r4, r8, r12, r14
  load_weight r1, %(8 * \at + 3)
  sxtb16 r10, r10, ror #8
  sxtb16 r11, r11, ror #8
  add_products r1, r5, r9, r12, r14
  load_weight r1, %(8 * \at + 4)
  load_weight r12, %(8 * \at + 5)
  add_products r1, r2, r6, r10, r11
  load_weight r1, %(8 * \at + 6)
  add_products r12, r3, r7, r10, r11
  load_weight r12, %(8 * \at + 7)
  add_products r1, r4, r8, r10, r11
  add_products r12, r5, r9, r10, r11
.endm

.macro requantise_all
  vmov r10, s20
  vmov r11, s24
  vmov r12, s21
  vmov r14, s25
  smmla r2, r2, r10, r11
  smmla r6, r6, r10, r11
  vmov r10, s22
  vmov r11, s26
  smmla r3, r3, r12, r14
  smmla r7, r7, r12, r14
  vmov r12, s23
  vmov r14, s27
  smmla r4, r4, r10, r11
  smmla r8, r8, r10, r11
  smmla r5, r5, r12, r14
  smmla r9, r9, r12, r14
.endm

/* Four results to four bytes in `a`. */
.macro pack a, b, c, d
  asr \a, \a, #13
  asr \b, \b, #13
  pkhbt \a, \a, \c, lsl #3
  pkhbt \b, \b, \d, lsl #3
  usat16 \a, #8, \a
  usat16 \b, #8, \b
  orr \a, \a, \b, lsl #8
  eor \a, \a, #0x80808080
.endm

.global tl_conv_eights_m4_s8
  .section .text.tl_conv_eights_m4_s8, "ax", %progbits
  .balign 32
  .type tl_conv_eights_m4_s8, %function
  .thumb_func
tl_conv_eights_m4_s8:
  push {r4-r11, lr}
  vpush {s16-s30}
  sub sp, sp, #20
  /* [sp]: stream, blocks, output, pairs to do, pairs in this turn. */
  ldr r4, [r3, #PAIRS]
  ldr r5, [r3, #BLOCKS]
  str r0, [sp]
  str r5, [sp, #4]
  str r2, [sp, #8]
  mov r0, r1
  lsl r6, r5, #2
  vmov s29, r6
1:
  str r4, [sp, #12]
  cmp r4, #TURN
  it gt
  movgt r4, #TURN
  str r4, [sp, #16]
  ldr r10, [sp]
  ldr r11, [sp, #4]
  ldr r12, [sp, #8]
2:
  vldmia r10!, {s0-s27}
  vmov s28, r12
  push {r0, r10-r12}
  add r4, r0, r4, lsl #4
  vmov s30, r4
  .balign 8
3:
  vmov r2, s16
  vmov r3, s17
  vmov r4, s18
  vmov r5, s19
  mov r6, r2
  mov r7, r3
  mov r8, r4
  mov r9, r5
  add_word 0
  add_word 1
  requantise_all
  vmov r12, s28
  vmov r14, s29
  pack r2, r3, r4, r5
  pack r6, r7, r8, r9
  vmov r1, s30
  adds r0, r0, #16
  str r2, [r12]
  str r6, [r12, r14]
  add r12, r12, r14, lsl #1
  vmov s28, r12
  cmp r0, r1
  bne.w 3b
  pop {r0, r10-r12}
  ldr r4, [sp, #16]
  adds r12, r12, #4
  subs r11, r11, #1
  bne.w 2b
  vmov r14, s29
  mul r14, r14, r4
  ldr r12, [sp, #8]
  add r12, r12, r14, lsl #1
  str r12, [sp, #8]
  add r0, r0, r4, lsl #4
  ldr r5, [sp, #12]
  subs r4, r5, r4
  bne.w 1b
  add sp, sp, #20
  vpop {s16-s30}
  pop {r4-r11, pc}
  .size tl_conv_eights_m4_s8, . - tl_conv_eights_m4_s8
