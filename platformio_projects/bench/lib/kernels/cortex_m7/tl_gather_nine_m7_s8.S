/*
 * Three rows of nine int8 elements each, as tl_gather_m7_s8 makes them, for the Cortex-M7: a filter
 * of 3 x 3 on an image of three colours.
 *
 *   int32_t *tl_gather_nine_m7_s8(const tl_gather_s8_t *window, const int8_t *in, int32_t *patch)
 *
 * About 40 cycles.
 */
#include "tl_integer_m7.inc"

.equ ROW_BYTES, 4

.macro nine number
  ldr.w r4, [r1]
  ldr.w r5, [r1, #4]
  ldrsb.w r6, [r1, #8]
  sxtb16 r12, r4
  sxtb16 r4, r4, ror #8
  str.w r12, [r2, #(40 * \number)]
  sxtb16 r12, r5
  str.w r4, [r2, #(40 * \number + 8)]
  sxtb16 r5, r5, ror #8
  str.w r12, [r2, #(40 * \number + 16)]
  add.w r1, r1, r3
  str.w r5, [r2, #(40 * \number + 24)]
  str.w r6, [r2, #(40 * \number + 32)]
.endm

  .section .text.tl_gather_nine_m7_s8, "ax", %progbits
.global tl_gather_nine_m7_s8
  .balign 8
  .type tl_gather_nine_m7_s8, %function
  .thumb_func
tl_gather_nine_m7_s8:
  push {r4-r6, lr}
  ldr r3, [r0, #ROW_BYTES]
  nine 0
  nine 1
  nine 2
  add.w r0, r2, #120
  pop {r4-r6, pc}
  .size tl_gather_nine_m7_s8, . - tl_gather_nine_m7_s8
