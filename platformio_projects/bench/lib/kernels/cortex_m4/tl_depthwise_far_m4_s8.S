/*
 * A row of a depthwise convolution of 3 x 3 at a stride of 2, for the Cortex-M4 and M33.
 *
 *   void NAME(const int32_t *stream, const int16_t *const slots[2], int8_t *out, int second,
 *             const tl_lines_s8_t *shape)
 *
 * As tl_depthwise_rows_m4_s8, for the three upper rows of the slots. `second` is not used.
 *
 * Registers: r0 stream, r1, r3 lines, r2 out, r4-r7 sums, r8-r10 and r14 elements, r11-r12 weights.
 * s0 channels to do, s1 outputs in four, s2 bytes of a line, s3 channels, s4 out of this channel,
 * s5, s6 its lines, s8 outputs, s9 rest of s1.
 * For four outputs of 9 MACs: 21 loads and 6, 24 MACs, 2 of the bias, 12 or 16 of requantisation and 4,
 * 9 of stores, 8 of the loop: 86 or 90 cycles.
 */
#include "tl_requantise_m4.inc"

.equ CHANNELS, 0
.equ WIDTH, 4
.equ LINE, 8

.equ SCALED, 2
.equ PLACES, 10

/* Products of a row for `count` outputs, added to those registers or to r4. */
.macro row at, slot, number, count, b, c, d
  ldr r11, [r0, #(8 * \number)]
  ldr r12, [r0, #(8 * \number + 4)]
  ldr r8, [\slot, #\at]
  ldr r9, [\slot, #(\at + 8)]
  .if \count >= 2
  ldr r10, [\slot, #(\at + 16)]
  .endif
  .if \count == 4
  ldr r14, [\slot, #(\at + 24)]
  smlad r7, r14, r11, \d
  smlad r6, r10, r11, \c
  .endif
  .if \count >= 2
  smlad r5, r9, r11, \b
  .endif
  smlad r4, r8, r11, r4
  .if \count == 4
  ldr r8, [\slot, #(\at + 32)]
  smlabt r6, r14, r12, r6
  smlabt r7, r8, r12, r7
  .endif
  .if \count >= 2
  smlabt r5, r10, r12, r5
  .endif
  smlabt r4, r9, r12, r4
.endm

/* An address is ready a cycle after it was computed: r9 and r2 take turns. */
.macro write_two first, second
  add r9, r2, r14
  strb \first, [r2]
  add r2, r9, r14
  strb \second, [r9]
.endm

/* FORM: 1 for any results, 0 for those that are saturated below zero, SCALED for multiplied sums. */
.macro requantise_form form, values:vararg
  ldr r10, [r0, #28]
  .if \form == SCALED
  ldr r12, [r0, #36]
  requantise_at PLACES, r10, r12, \values
  .else
  ldr r11, [r0, #32]
  ldr r12, [r0, #36]
  requantise \form, r9, r10, r11, r12, \values
  .endif
.endm

.macro outputs count, form
  ldr r4, [r0, #24]
  row 0, r1, 0, \count, r4, r4, r4
  row 4, r1, 1, \count, r5, r6, r7
  row 0, r3, 2, \count, r5, r6, r7
  vmov r14, s3
  .if \count == 4
  requantise_form \form, r4, r5, r6, r7
  .elseif \count == 2
  requantise_form \form, r4, r5
  .else
  requantise_form \form, r4
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
.endm

.macro depthwise_far name, form
  .section .text.\name, "ax", %progbits
  .balign 32
  .type \name, %function
  .thumb_func
\name:
  push {r4-r11, lr}
  ldr r12, [sp, #36]
  ldr r4, [r12, #CHANNELS]
  ldr r5, [r12, #WIDTH]
  ldr r6, [r12, #LINE]
  vmov s0, r4
  vmov s3, r4
  vmov s8, r5
  lsr r5, r5, #2
  vmov s1, r5
  lsl r6, r6, #2
  vmov s2, r6
  vmov s4, r2
  ldr r3, [r1, #4]
  ldr r1, [r1]
1:
  vmov s5, r1
  vmov s6, r3
  vmov r8, s1
  cmp r8, #0
  beq 3f
  .balign 8
2:
  vmov s9, r8
  outputs 4, \form
  vmov r8, s9
  advance 32
  subs r8, r8, #1
  bne.w 2b
3:
  vmov r8, s8
  tst r8, #2
  beq 4f
  outputs 2, \form
  vmov r8, s8
  advance 16
4:
  tst r8, #1
  beq 5f
  outputs 1, \form
5:
  vmov r4, s2
  vmov r1, s5
  vmov r3, s6
  vmov r2, s4
  vmov r5, s0
  adds r0, r0, #40
  add r1, r1, r4
  add r3, r3, r4
  adds r2, r2, #1
  vmov s4, r2
  subs r5, r5, #1
  vmov s0, r5
  bne.w 1b
  pop {r4-r11, pc}
  .size \name, . - \name
.endm

.global tl_depthwise_far_m4_s8
depthwise_far tl_depthwise_far_m4_s8, 1
.global tl_depthwise_far_relu_m4_s8
depthwise_far tl_depthwise_far_relu_m4_s8, 0
.global tl_depthwise_far_scaled_m4_s8
depthwise_far tl_depthwise_far_scaled_m4_s8, SCALED
