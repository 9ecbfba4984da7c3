/*
 * Sums of products with weights of 4 bits, for the Cortex-M7: tables of products of pairs of inputs.
 *
 *   void tl_pair_tables_m7_f32(const float *table, const float *in, float *products)
 *   void tl_pair_lookups_m7_f32(const uint8_t *codes, const float *products, float *sums, int outputs)
 *
 * The first computes products[256][8] of in[16]: for each of 8 pairs of inputs, and each byte of two
 * codes, table[low half] * first + table[high half] * second. About 310 cycles for each pair.
 *
 * The second adds to each of sums[outputs] its products, by codes[outputs][8]. `outputs` is even. It
 * takes two outputs at a time, and four instructions for each lookup: shift and mask, add the base,
 * load, add. So 2 cycles for each lookup, 1 for each MAC, and about 6 for two outputs.
 */
#include "tl_float_m7.inc"

.equ ENTRY, 32 /* bytes: the products of 8 pairs for one byte */

/* Entry [\number][0] = s[\number] + the high half's product, in s[\high]; it is stored two later. */
.macro add_product_of number, to, high
  vadd.f32 s\to, s\number, s\high
.endm

.macro store_product number, from
  vstr s\from, [r3, #(ENTRY * \number)]
.endm

/* The same for the 16 low halves, and s[\high]. Meanwhile s[\next] becomes the next high half's
   product, unless it is 0. */
.macro all_products high, next
  .set at, 0
  .rept 18
    .if at < 16
    add_product_of %(at), %(18 + at % 8), \high
    .endif
    .if at > 1
    store_product %(at - 2), %(18 + (at - 2) % 8)
    .endif
    .if (at == 2) && (\next > 0)
    vldr s\next, [r4]
    add r4, r4, #4
    .elseif (at == 8) && (\next > 0)
    vmul.f32 s\next, s\next, s31
    .endif
    .set at, at + 1
  .endr
  add r3, r3, #(16 * ENTRY)
.endm

.macro scale_run first, count, x
  .set at, 0
  .rept \count
    scale_one %(\first + at), \x
    .set at, at + 1
  .endr
.endm

.macro scale_one number, x
  vmul.f32 s\number, s\number, s\x
.endm

.global tl_pair_tables_m7_f32
  .section .text.tl_pair_tables_m7_f32, "ax", %progbits
  .balign 8
  .type tl_pair_tables_m7_f32, %function
  .thumb_func
tl_pair_tables_m7_f32:
  push {r4-r6, lr}
  vpush {s16-s31}
  movs r6, #8
1:
  load_run 0, 16, r0, 0
  vldr s30, [r1]
  vldr s31, [r1, #4]
  add r1, r1, #8
  scale_run 0, 16, 30
  mov r3, r2
  vldr s16, [r0]
  vmul.f32 s16, s16, s31
  add r4, r0, #4
  movs r5, #7
  .balign 8
2:
  all_products 16, 17
  all_products 17, 16
  subs r5, r5, #1
  bne.w 2b
  all_products 16, 17
  all_products 17, 0
  add r2, r2, #4
  subs r6, r6, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4-r6, pc}
  .size tl_pair_tables_m7_f32, . - tl_pair_tables_m7_f32

/* r[\to] = the offset of the entry that byte \byte of r[\codes] selects */
.macro select_entry to, codes, byte
  .if \byte == 0
  and r\to, r4, r\codes, lsl #5
  .elseif \byte == 1
  and r\to, r4, r\codes, lsr #3
  .elseif \byte == 2
  and r\to, r4, r\codes, lsr #11
  .else
  and r\to, r4, r\codes, lsr #19
  .endif
.endm

/* Registers of lookup \number: its address, and the codes of its output: r5 and r6, or r11 and r12 */
.macro begin_lookup number
  .if \number % 2 == 0
  select_entry %(7 + \number % 4), %(5 + \number / 8), %(\number / 2 % 4)
  .else
  select_entry %(7 + \number % 4), %(11 + \number / 8), %(\number / 2 % 4)
  .endif
.endm

.macro add_base address
  add r\address, r\address, r1
.endm

.macro load_product to, address, offset
  vldr s\to, [r\address, #\offset]
.endm

.macro add_product sum, product
  vadd.f32 s\sum, s\sum, s\product
.endm

/* Step \number of 16: parts of four lookups, so that no result is awaited; the last steps begin
   those of the next two outputs, whose codes are loaded when these are selected. */
.macro lookup_step number
  load_product %(2 + \number % 4), %(7 + \number % 4), %(\number / 2 * 4)
  begin_lookup %((\number + 3) % 16)
  .if \number > 0
  add_product %((\number + 1) % 2), %(2 + (\number - 1) % 4)
  .endif
  add_base %(7 + (\number + 2) % 4)
  .if \number == 4
  subs r3, r3, #2
  it gt
  addgt r0, r0, #16
  .elseif \number == 6
  ldr r5, [r0]
  ldr r11, [r0, #8]
  .elseif \number == 12
  ldr r6, [r0, #4]
  ldr r12, [r0, #12]
  .endif
.endm

.macro lookups
  .set step, 0
  .rept 16
    lookup_step %(step)
    .set step, step + 1
  .endr
  add_product 1, 5
.endm

.global tl_pair_lookups_m7_f32
  .section .text.tl_pair_lookups_m7_f32, "ax", %progbits
  .balign 8
  .type tl_pair_lookups_m7_f32, %function
  .thumb_func
tl_pair_lookups_m7_f32:
  push {r4-r12, lr}
  movw r4, #(255 * ENTRY)
  ldr r5, [r0]
  ldr r11, [r0, #8]
  ldr r6, [r0, #4]
  ldr r12, [r0, #12]
  begin_lookup 0
  begin_lookup 1
  add_base 7
  begin_lookup 2
  add_base 8
  .balign 8
1:
  vldr s0, [r2]
  vldr s1, [r2, #4]
  lookups
  vstr s0, [r2]
  vstr s1, [r2, #4]
  add r2, r2, #8
  bgt.w 1b
  pop {r4-r12, pc}
  .size tl_pair_lookups_m7_f32, . - tl_pair_lookups_m7_f32
