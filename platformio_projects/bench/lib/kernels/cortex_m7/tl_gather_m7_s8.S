/*
 * Rows of a window of int8 elements, as pairs of int16 for the Cortex-M7.
 *
 *   int32_t *tl_gather_m7_s8(const tl_gather_s8_t *window, const int8_t *in, int32_t *patch)
 *
 * Of every four elements of a row, 0 and 2, then 1 and 3, then the rest of the row in its order,
 * filled up to an even number. The words in `patch` are two words apart; returns where the next one
 * would be. Reads no other elements.
 * 8 elements take about 8 cycles, a row about 12 more.
 *
 * Registers: r0 elements after the last eight, r1 row, r2 patch, r3 rows left, r4 bytes from row to
 * row, r5 in, r6-r11 elements, r12 passes left, r14 where a row begins them.
 */
#include "tl_integer_m7.inc"

.equ SKIPPED, 0
.equ PASSES, 4
.equ FRAME, 12

.equ UNROLLED, 8
.equ EIGHT_CODE, 40

.macro eight number
  ldr.w r6, [r5, #(8 * \number)]
  ldr.w r7, [r5, #(8 * \number + 4)]
  sxtb16 r8, r6
  sxtb16 r9, r6, ror #8
  str.w r8, [r2, #(32 * \number)]
  sxtb16 r10, r7
  str.w r9, [r2, #(32 * \number + 8)]
  sxtb16 r11, r7, ror #8
  str.w r10, [r2, #(32 * \number + 16)]
  str.w r11, [r2, #(32 * \number + 24)]
.endm

  .section .text.tl_gather_m7_s8, "ax", %progbits
.global tl_gather_m7_s8
  .balign 8
  .type tl_gather_m7_s8, %function
  .thumb_func
tl_gather_m7_s8:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldm r0, {r3-r6} /* rows, bytes from row to row, eights, rest */
  mov r0, r6
  rsb r7, r5, #0
  and r7, r7, #(UNROLLED - 1)
  add r8, r5, r7
  lsrs r8, r8, #3
  adr.w r14, 2f
  movs r9, #EIGHT_CODE
  mla r14, r7, r9, r14
  orr r14, r14, #1
  lsls r7, r7, #3
  strd r7, r8, [sp, #SKIPPED]
1:
  ldrd r7, r12, [sp, #SKIPPED]
  mov r5, r1
  cmp r12, #0
  beq.w 3f
  sub r5, r5, r7
  sub r2, r2, r7, lsl #2
  bx r14
  .balign 8
2:
  .set number, 0
  .rept UNROLLED
    eight %number
    .set number, number + 1
  .endr
  .ifne (. - 2b) - UNROLLED * EIGHT_CODE
  .error "eight elements have another length"
  .endif
  adds r5, r5, #(8 * UNROLLED)
  add.w r2, r2, #(32 * UNROLLED)
  subs.w r12, r12, #1
  bne.w 2b
3:
  cmp r0, #0
  beq 7f
  tst r0, #4
  beq 4f
  ldr r6, [r5]
  adds r5, r5, #4
  sxtb16 r8, r6
  sxtb16 r9, r6, ror #8
  str r8, [r2]
  str r9, [r2, #8]
  adds r2, r2, #16
4:
  tst r0, #2
  beq 5f
  ldrsb r6, [r5]
  ldrsb r7, [r5, #1]
  adds r5, r5, #2
  pkhbt r6, r6, r7, lsl #16
  str r6, [r2]
  adds r2, r2, #8
5:
  tst r0, #1
  beq 7f
  ldrsb r6, [r5]
  str r6, [r2]
  adds r2, r2, #8
7:
  add r1, r1, r4
  subs r3, r3, #1
  bne.w 1b
  mov r0, r2
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size tl_gather_m7_s8, . - tl_gather_m7_s8
