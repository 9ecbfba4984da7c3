/*
 * Outputs of a dense layer, six at once, for the Cortex-M7.
 *
 *   void tl_dense_tile_m7_s8(const tl_dense_tile_s8_t *tile, const int32_t *weights,
 *                            const int32_t *in, int8_t *out)
 *
 * in[steps]: two elements each as int16; one word more is read. `steps` is even. weights[blocks], for
 * six outputs each: sums of no products (output 0; 0 and 1; 2; 2 and 3; 4; 4 and 5), [steps][3] words
 * of pairs of outputs as in tl_conv_tile_m7_s8, then [6] rounding, mantissa, shift. An element is
 * rounded once: (high(sum * mantissa) + rounding) >> shift.
 *
 * Registers: r0 weights, r1 in, r2-r7 sums, r8 and r9 elements, r10-r12 weights, r14 their end.
 * A step of 12 products takes 7 cycles; weights that come from flash take as long again.
 */
#include "tl_integer_m7.inc"

.equ ENTRY, 0
.equ SKIPPED, 4
.equ IN, 8
.equ BLOCKS, 12
.equ OUT, 16
.equ STEPS, 20
.equ FRAME, 28

.equ UNROLLED, 8
.equ STEP_BYTES, 12
.equ STEP_CODE, 52

.macro step number, now, next
  smlad r3, r10, \now, r3
  ldr.w \next, [r1, #(4 * \number + 4)]
  sxtb16 r10, r10
  smlad r5, r11, \now, r5
  sxtb16 r11, r11
  smlad r7, r12, \now, r7
  smlad r2, r10, \now, r2
  ldr.w r10, [r0, #(STEP_BYTES * \number + 12)]
  sxtb16 r12, r12
  smlad r4, r11, \now, r4
  ldr.w r11, [r0, #(STEP_BYTES * \number + 16)]
  smlad r6, r12, \now, r6
  ldr.w r12, [r0, #(STEP_BYTES * \number + 20)]
.endm

/* The elements of two outputs; constants are at r0. */
.macro two_outputs a, b
  ldm r0!, {r8-r12, r14}
  smmla \a, \a, r9, r8
  smmla \b, \b, r12, r11
  asr.w \a, \a, r10
  asr.w \b, \b, r14
  ssat \a, #8, \a
  ssat \b, #8, \b
.endm

  .section .text.tl_dense_tile_m7_s8, "ax", %progbits
.global tl_dense_tile_m7_s8
  .balign 8
  .type tl_dense_tile_m7_s8, %function
  .thumb_func
tl_dense_tile_m7_s8:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldm r0, {r4-r5} /* steps, blocks */
  str r2, [sp, #IN]
  str r3, [sp, #OUT]
  str r4, [sp, #STEPS]
  str r5, [sp, #BLOCKS]
  mov r0, r1
  rsb r6, r4, #0
  and r6, r6, #(UNROLLED - 1)
  str r6, [sp, #SKIPPED]
  adr.w r9, 2f
  movs r8, #STEP_CODE
  mla r9, r6, r8, r9
  orr r9, r9, #1
  str r9, [sp, #ENTRY]
1: /* a block */
  ldr r1, [sp, #IN]
  ldr r10, [sp, #STEPS]
  ldr r9, [sp, #SKIPPED]
  ldm r0!, {r2-r7}
  add.w r10, r10, r10, lsl #1
  add r14, r0, r10, lsl #2
  ldr.w r8, [r1]
  sub r1, r1, r9, lsl #2
  add.w r9, r9, r9, lsl #1
  ldr.w r10, [r0]
  ldr.w r11, [r0, #4]
  ldr.w r12, [r0, #8]
  sub r0, r0, r9, lsl #2
  ldr pc, [sp, #ENTRY]
  .balign 8
2:
  .set number, 0
  .rept UNROLLED / 2
    step %number, r8, r9
    step %(number + 1), r9, r8
    .set number, number + 2
  .endr
  .ifne (. - 2b) - UNROLLED * STEP_CODE
  .error "a step has another length"
  .endif
  adds r0, r0, #(UNROLLED * STEP_BYTES)
  adds r1, r1, #(UNROLLED * 4)
  cmp r0, r14
  bne.w 2b

  subs r3, r3, r2
  subs r5, r5, r4
  subs r7, r7, r6
  asrs r3, r3, #8
  asrs r5, r5, #8
  asrs r7, r7, #8
  two_outputs r2, r3
  two_outputs r4, r5
  two_outputs r6, r7
  ldr r1, [sp, #OUT]
  ldr r8, [sp, #BLOCKS]
  strb r2, [r1]
  strb r3, [r1, #1]
  strb r4, [r1, #2]
  strb r5, [r1, #3]
  strb r6, [r1, #4]
  strb r7, [r1, #5]
  adds r1, r1, #6
  str r1, [sp, #OUT]
  subs r8, r8, #1
  str r8, [sp, #BLOCKS]
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size tl_dense_tile_m7_s8, . - tl_dense_tile_m7_s8
