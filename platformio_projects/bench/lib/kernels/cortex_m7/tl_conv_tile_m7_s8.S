/*
 * Output channels of a convolution at several positions, for the Cortex-M7.
 *
 *   void tl_conv_tile_m7_s8(const tl_conv_tile_s8_t *tile, const int32_t *weights,
 *                           const int32_t *patches, int8_t *out)
 *
 * patches[pairs][steps][2]: of each of two positions, two elements of the window as int16.
 * weights[blocks], for four channels each: sums of no products (channel 0; 0 and 1; 2; 2 and 3),
 * [steps][2] words, then [4] rounding, mantissa, shift (tl_integer_m7.inc). A halfword of a word is
 * 256 * the weight of the odd channel + that of the even one, so the same multiplication makes
 * 256 * one sum + the other; the even one alone is made from its lower byte.
 *
 * Registers: r0 weights, r1 patch, r2-r5 and r6-r9 the sums of both positions, r10 and r11 their
 * elements, r12 and r14 weights.
 * A step of 16 products takes 8 cycles, the floor: one SMLAD in each. For 8 outputs are added about
 * 50 cycles. 0.6 cycles per MAC at 64 elements in a window.
 */
#include "tl_integer_m7.inc"

.equ WEIGHTS, 0
.equ END, 4
.equ ENTRY, 8
.equ SKIPPED, 12
.equ PATCH, 16
.equ PAIRS, 20
.equ OUT, 24
.equ FIRST_PATCH, 28
.equ FIRST_OUT, 32
.equ BLOCKS, 36
.equ STEPS, 40
.equ SECOND, 44
.equ PAIR_BYTES, 48
.equ ALL_PAIRS, 52
.equ FRAME, 60

.equ UNROLLED, 32
.equ STEP_BYTES, 8
.equ STEP_CODE, 56

.macro step number
  smlad r3, r12, r10, r3
  ldr.w r14, [r0, #(STEP_BYTES * \number + 4)]
  smlad r7, r12, r11, r7
  sxtb16 r12, r12
  smlad r5, r14, r10, r5
  smlad r9, r14, r11, r9
  sxtb16 r14, r14
  smlad r2, r12, r10, r2
  smlad r6, r12, r11, r6
  ldr.w r12, [r0, #(STEP_BYTES * \number + 8)]
  smlad r4, r14, r10, r4
  ldr.w r10, [r1, #(STEP_BYTES * \number + 8)]
  smlad r8, r14, r11, r8
  ldr.w r11, [r1, #(STEP_BYTES * \number + 12)]
.endm

/* Elements of a channel, while the products of the next one are made. */
.macro elements a, b, next_a, next_b, next
  rounding_of r1, r10, \next_a
  asr.w \a, \a, r12
  rounding_of r14, r10, \next_b
  asr.w \b, \b, r12
  ldr.w r12, [r0, #(12 * \next + 8)]
  .iflt \next - 3
  ldr.w r10, [r0, #(12 * \next + 12)]
  .endif
  usat \a, #8, \a
  smmlar \next_a, \next_a, r11, r1
  usat \b, #8, \b
  smmlar \next_b, \next_b, r11, r14
  .iflt \next - 3
  ldr.w r11, [r0, #(12 * \next + 16)]
  .endif
.endm

  .section .text.tl_conv_tile_m7_s8, "ax", %progbits
.global tl_conv_tile_m7_s8
  .balign 8
  .type tl_conv_tile_m7_s8, %function
  .thumb_func
tl_conv_tile_m7_s8:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  str r2, [sp, #FIRST_PATCH]
  str r3, [sp, #FIRST_OUT]
  ldm r0, {r4-r8} /* steps, blocks, pairs, bytes from a position to the second, and of a pair */
  str r4, [sp, #STEPS]
  str r5, [sp, #BLOCKS]
  str r6, [sp, #ALL_PAIRS]
  str r7, [sp, #SECOND]
  str r8, [sp, #PAIR_BYTES]
  rsb r6, r4, #0
  and r6, r6, #(UNROLLED - 1)
  lsl r7, r6, #3
  str r7, [sp, #SKIPPED]
  adr.w r9, 3f
  movs r8, #STEP_CODE
  mla r9, r6, r8, r9
  orr r9, r9, #1
  str r9, [sp, #ENTRY]
1: /* a block: r1 weights */
  mov r5, r1
  str r5, [sp, #WEIGHTS]
  ldr r4, [sp, #STEPS]
  add.w r8, r5, #16
  add r8, r8, r4, lsl #3
  str r8, [sp, #END]
  ldr r6, [sp, #ALL_PAIRS]
  str r6, [sp, #PAIRS]
  ldr r7, [sp, #FIRST_OUT]
  str r7, [sp, #OUT]
  ldr r1, [sp, #FIRST_PATCH]
  mov r0, r5
2: /* a pair of positions: r0 weights, r1 patch */
  ldr r14, [sp, #SKIPPED]
  ldr.w r10, [r1]
  ldr.w r11, [r1, #4]
  ldm r0!, {r2-r5}
  sub.w r1, r1, r14
  mov r6, r2
  ldr.w r12, [r0]
  mov r7, r3
  sub.w r0, r0, r14
  ldr r14, [sp, #ENTRY]
  mov r8, r4
  mov r9, r5
  bx r14
  .balign 8
3:
  .set number, 0
  .rept UNROLLED
    step %number
    .set number, number + 1
  .endr
  .ifne (. - 3b) - UNROLLED * STEP_CODE
  .error "a step has another length"
  .endif
  ldr.w r14, [sp, #END]
  adds r0, r0, #(UNROLLED * STEP_BYTES)
  adds r1, r1, #(UNROLLED * STEP_BYTES)
  cmp r0, r14
  bne.w 3b

  ldr.w r10, [r0]
  str r1, [sp, #PATCH]
  subs r3, r3, r2
  ldr.w r11, [r0, #4]
  adds r2, r2, r2
  ldr.w r12, [r0, #8]
  subs r7, r7, r6
  subs r5, r5, r4
  asrs r3, r3, #7
  adds r6, r6, r6
  rounding_of r1, r10, r2
  adds r4, r4, r4
  rounding_of r14, r10, r6
  sub.w r9, r9, r8
  ldr.w r10, [r0, #12]
  smmlar r2, r2, r11, r1
  asrs r7, r7, #7
  smmlar r6, r6, r11, r14
  ldr.w r11, [r0, #16]
  asrs r5, r5, #7
  add.w r8, r8, r8
  asr.w r9, r9, #7
  elements r2, r6, r3, r7, 1
  elements r3, r7, r4, r8, 2
  elements r4, r8, r5, r9, 3
  ldrd r10, r11, [sp, #PAIRS] /* and OUT */
  asr.w r5, r5, r12
  asr.w r9, r9, r12
  orr.w r2, r2, r3, lsl #8
  usat r5, #8, r5
  ldrd r12, r14, [sp, #SECOND] /* and PAIR_BYTES */
  usat r9, #8, r9
  orr.w r6, r6, r7, lsl #8
  orr.w r4, r4, r5, lsl #8
  ldr r1, [sp, #PATCH]
  orr.w r8, r8, r9, lsl #8
  pkhbt r2, r2, r4, lsl #16
  ldr r0, [sp, #WEIGHTS]
  pkhbt r6, r6, r8, lsl #16
  eor.w r2, r2, #0x80808080
  subs r10, r10, #1
  eor.w r6, r6, #0x80808080
  add.w r14, r11, r14
  str r6, [r11, r12] /* before the first position, which a single one overwrites it with */
  str r2, [r11]
  strd r10, r14, [sp, #PAIRS]
  bne.w 2b

  ldr r1, [sp, #END]
  ldr r3, [sp, #FIRST_OUT]
  ldr r4, [sp, #BLOCKS]
  adds r1, r1, #48
  adds r3, r3, #4
  str r3, [sp, #FIRST_OUT]
  subs r4, r4, #1
  str r4, [sp, #BLOCKS]
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size tl_conv_tile_m7_s8, . - tl_conv_tile_m7_s8
