/*
 * Two rows of a depthwise convolution of 3 x 3 at a stride of 1, for the Cortex-M4 and M33.
 *
 *   void NAME(const int32_t *stream, const int16_t *const slots[2], int8_t *out, int second,
 *             const tl_lines_s8_t *shape)
 *
 * stream[channels]: (w0, w1), (w1, w2) of each of three rows; the sum to begin with; both doubled;
 * mantissa, exponent, offset. Or, `scaled`, multiplied so that results are 2^PLACES times the elements,
 * without exponents. slots: the upper two and the lower two of four rows, expanded by
 * tl_expand_rows_m4_s8. out[width][channels]; the second row is at out + second, which may be out:
 * then the first row is left.
 *
 * Registers: r0 stream, r4-r7 sums of the first row, r1-r3 and r8 of the second one, r9-r11 elements,
 * r12 and r14 weights. s0 channels to do, s1 outputs in four, s2 bytes of a line, s3 channels, s4 out
 * of this channel, s5, s6 its lines, s8 outputs behind those in four, s9-s11 lines and out of the next
 * outputs, s12 `second`, s14 rest of s1.
 * For two rows of four outputs of 9 MACs: 20 loads and 6, 48 MACs, 4 of lines, 24 or 32 of
 * requantisation and 4, 20 of stores, 11 of the loop: 137 cycles; 31 for two rows of a channel.
 */
#include "tl_requantise_m4.inc"

.equ CHANNELS, 0
.equ WIDTH, 4
.equ LINE, 8

.equ SCALED, 2
.equ PLACES, 10

.macro load_data at, count
  ldr r9, [r11, #\at]
  ldr r10, [r11, #(\at + 8)]
  .if \count > 2
  ldr r11, [r11, #(\at + 16)]
  .endif
.endm

.macro load_weights row
  ldr r12, [r0, #(8 * \row)]
  ldr r14, [r0, #(8 * \row + 4)]
.endm

/* Products of a row, added to `from` or to the sums; r11 becomes `next`: an address is ready a cycle
   after it was moved. */
.macro products count, next, a, b, c, d, from
  .ifb \from
  .if \count > 2
  smlad \c, r10, r12, \c
  .endif
  .if \count > 1
  smlad \b, r10, r14, \b
  .endif
  smlad \a, r9, r12, \a
  .if \count > 3
  smlad \d, r11, r14, \d
  .endif
  .else
  .if \count > 2
  smlad \c, r10, r12, \from
  .endif
  .if \count > 1
  smlad \b, r10, r14, \from
  .endif
  smlad \a, r9, r12, \from
  .if \count > 3
  smlad \d, r11, r14, \from
  .endif
  .endif
  .if \count > 3
  smlatb \d, r10, r12, \d
  .endif
  .if \count > 2
  smlabt \c, r11, r14, \c
  .endif
  .if \count > 1
  smlatb \b, r9, r12, \b
  .endif
  .ifnb \next
  vmov r11, \next
  .endif
  smlabt \a, r10, r14, \a
.endm

.macro sums count
  vmov r11, s9
  ldr r8, [r0, #24]
  load_weights 0
  load_data 0, \count
  products \count, s9, r4, r5, r6, r7, r8
  load_data 4, \count
  products \count, , r1, r2, r3, r8, r8
  load_weights 1
  products \count, s10, r4, r5, r6, r7
  load_data 0, \count
  products \count, , r1, r2, r3, r8
  load_weights 2
  products \count, s10, r4, r5, r6, r7
  load_data 4, \count
  products \count, , r1, r2, r3, r8
.endm

.macro write first, second, more
  strb \second, [r12]
  strb \first, [r14]
  .if \more
  add r12, r12, r9
  add r14, r14, r9
  .endif
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
  sums \count
  .if \count > 3
  requantise_form \form, r1, r2, r3, r4, r5, r6, r7, r8
  .elseif \count > 2
  requantise_form \form, r1, r2, r3, r4, r5, r6
  .elseif \count > 1
  requantise_form \form, r1, r2, r4, r5
  .else
  requantise_form \form, r1, r4
  .endif
  vmov r14, s11
  vmov r12, s12
  vmov r9, s3
  add r12, r12, r14
  nop
  write r4, r1, %(\count > 1)
  .if \count > 1
  write r5, r2, %(\count > 2)
  .endif
  .if \count > 2
  write r6, r3, %(\count > 3)
  .endif
  .if \count > 3
  write r7, r8, 1
  .endif
.endm

.macro depthwise_rows name, form
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
  lsr r7, r5, #2
  vmov s1, r7
  and r5, r5, #3
  vmov s8, r5
  lsl r6, r6, #2
  vmov s2, r6
  vmov s4, r2
  vmov s12, r3
  ldr r4, [r1]
  ldr r5, [r1, #4]
  vmov s5, r4
  vmov s6, r5
1:
  vmov r8, s1
  vmov.f32 s9, s5
  vmov.f32 s10, s6
  vmov.f32 s11, s4
  cmp r8, #0
  beq 3f
  .balign 8
2:
  vmov s14, r8
  outputs 4, \form
  vmov s11, r14
  vmov r4, s9
  vmov r5, s10
  vmov r8, s14
  adds r4, r4, #16
  adds r5, r5, #16
  vmov s9, r4
  vmov s10, r5
  subs r8, r8, #1
  bne.w 2b
3:
  vmov r8, s8
  cmp r8, #2
  bhi.w 5f
  beq.w 4f
  cmp r8, #0
  beq 6f
  outputs 1, \form
6:
  vmov r4, s2
  vmov r1, s5
  vmov r3, s6
  vmov r2, s4
  vmov r5, s0
  adds r0, r0, #40
  adds r1, r1, r4
  adds r3, r3, r4
  adds r2, r2, #1
  vmov s5, r1
  vmov s6, r3
  vmov s4, r2
  subs r5, r5, #1
  vmov s0, r5
  bne.w 1b
  pop {r4-r11, pc}
4:
  outputs 2, \form
  b 6b
5:
  outputs 3, \form
  b.w 6b
  .size \name, . - \name
.endm

.global tl_depthwise_rows_m4_s8
depthwise_rows tl_depthwise_rows_m4_s8, 1
.global tl_depthwise_rows_relu_m4_s8
depthwise_rows tl_depthwise_rows_relu_m4_s8, 0
.global tl_depthwise_rows_scaled_m4_s8
depthwise_rows tl_depthwise_rows_scaled_m4_s8, SCALED
