/*
 * Eight outputs of a dense layer whose weights are codes of 8 bits, for the Cortex-M7.
 *
 *   void tl_dense_codes_m7_f32(const uint8_t *codes, const float *table, const float *in, int inputs,
 *                              float *sums)
 *
 * codes[inputs][8], table[256]; adds in . table[codes] to sums[8]. `inputs` is at least 1.
 *
 * A step takes four inputs. Each weight takes four instructions: shift and mask its code, add the base,
 * load, multiply and accumulate; parts of four weights are beside each other, so that no result is
 * awaited. So 2 cycles per MAC, and about 12 for each step; the flash brings 8 codes in 4 cycles.
 */
#include "tl_float_m7.inc"

/* r[\to] = the offset of the weight that byte \byte of r[\codes] selects */
.macro select_weight to, codes, byte
  .if \byte == 0
  and r\to, lr, r\codes, lsl #2
  .elseif \byte == 1
  and r\to, lr, r\codes, lsr #6
  .elseif \byte == 2
  and r\to, lr, r\codes, lsr #14
  .else
  and r\to, lr, r\codes, lsr #22
  .endif
.endm

.macro load_codes codes, offset
  ldr r\codes, [r0, #\offset]
.endm

/* Four codes are in r5 or in r6: the word after next is loaded when the last of them was selected. */
.macro begin_weight number, count
  .if \number < \count
  select_weight %(7 + \number % 4), %(5 + \number / 4 % 2), %(\number % 4)
  .if (\number % 4 == 3) && (\number / 4 + 2 < \count / 4)
  load_codes %(5 + \number / 4 % 2), %(\number / 4 * 4 + 8)
  .endif
  .endif
.endm

.macro add_base address
  add r\address, r\address, r1
.endm

.macro load_weight to, address
  vldr s\to, [r\address]
.endm

.macro weight_step number, count
  .if \number < \count
  load_weight %(8 + \number % 8), %(7 + \number % 4)
  .endif
  begin_weight %(\number + 3), \count
  .if \number > 1
  fma_one %((\number - 2) % 8), %(8 + (\number - 2) % 8), %(24 + (\number - 2) / 8)
  .endif
  .if \number + 2 < \count
  add_base %(7 + (\number + 2) % 4)
  .endif
.endm

.macro weights count
  ldr r5, [r0]
  ldr r6, [r0, #4]
  load_run 24, %(\count / 8), r2, 0
  begin_weight 0, \count
  begin_weight 1, \count
  add_base 7
  begin_weight 2, \count
  add_base 8
  .set step, 0
  .rept \count + 2
    weight_step %(step), \count
    .set step, step + 1
  .endr
  add r0, r0, #\count
  add r2, r2, #(\count / 2)
.endm

.global tl_dense_codes_m7_f32
  .section .text.tl_dense_codes_m7_f32, "ax", %progbits
  .balign 8
  .type tl_dense_codes_m7_f32, %function
  .thumb_func
tl_dense_codes_m7_f32:
  push {r4-r10, lr}
  vpush {s16-s31}
  ldr r4, [sp, #96] /* sums */
  load_run 0, 8, r4, 0
  movw lr, #(255 * 4)
  subs r3, r3, #4
  blt.w 2f
  .balign 8
1:
  weights 32
  subs r3, r3, #4
  bge.w 1b
2:
  adds r3, r3, #4
  beq.w 4f
3:
  weights 8
  subs r3, r3, #1
  bne.w 3b
4:
  store_run 0, 8, r4
  vpop {s16-s31}
  pop {r4-r10, pc}
  .size tl_dense_codes_m7_f32, . - tl_dense_codes_m7_f32
