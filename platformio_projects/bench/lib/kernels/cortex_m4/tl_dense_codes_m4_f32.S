/*
 * Eight outputs of a dense layer whose weights are codes of 8 bits, for the Cortex-M4 and M33.
 *
 *   void tl_dense_codes_m4_f32(const uint8_t *codes, const float *table, const float *in, int inputs,
 *                              float *sums)
 *
 * codes[inputs][8], table[256]; adds in . table[codes] to sums[8]. `inputs` is at least 1.
 *
 * Each weight takes five cycles: its code, its value, a move, a multiplication and an addition. Codes and
 * values are loaded by eights: on the Cortex-M4, loads overlap within one memory only. So 5.6 cycles per
 * MAC, and 3 / 8 more if the flash has three wait states.
 */
#include "tl_float_m4.inc"

.macro take_code to, offset
  ldrb r\to, [r0, #\offset]
.endm

.macro take_weight number
  ldr r\number, [r1, r\number, lsl #2]
.endm

.macro move_two to, next, from, behind
  vmov s\to, s\next, r\from, r\behind
.endm

/* Sums += the weights of the codes at \offset * s[x]; weights are in s8 to s15 */
.macro add_input offset, x
  .set at, 0
  .rept 8
    take_code %(4 + at), %(\offset + at)
    .set at, at + 1
  .endr
  .set at, 0
  .rept 8
    take_weight %(4 + at)
    .set at, at + 1
  .endr
  .set at, 0
  .rept 4
    move_two %(8 + 2 * at), %(9 + 2 * at), %(4 + 2 * at), %(5 + 2 * at)
    .set at, at + 1
  .endr
  add_products 0, 8, 8, \x
.endm

  .section .text.tl_dense_codes_m4_f32, "ax", %progbits
  .balign 8
.global tl_dense_codes_m4_f32
  .type tl_dense_codes_m4_f32, %function
  .thumb_func
tl_dense_codes_m4_f32:
  push {r4-r11}
  vpush {s16-s19}
  ldr r12, [sp, #48] /* sums */
  vldmia r12, {s0-s7}
  subs r3, r3, #4
  blt.w 2f
  .balign 8
1:
  vldmia r2!, {s16-s19}
  add_input 0, 16
  add_input 8, 17
  add_input 16, 18
  add_input 24, 19
  add r0, r0, #32
  subs r3, r3, #4
  bge.w 1b
2:
  adds r3, r3, #4
  beq.w 4f
3:
  vldmia r2!, {s16}
  add_input 0, 16
  add r0, r0, #8
  subs r3, r3, #1
  bne.w 3b
4:
  vstmia r12, {s0-s7}
  vpop {s16-s19}
  pop {r4-r11}
  bx lr
  .size tl_dense_codes_m4_f32, . - tl_dense_codes_m4_f32
