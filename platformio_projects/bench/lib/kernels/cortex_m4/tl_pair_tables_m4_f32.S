/*
 * Tables of pairs' sums of products, for the Cortex-M4 and M33; see tl_pairs.h.
 *
 *   void tl_pair_tables_m4_f32(const float *table, const float *in, float *products)
 *
 * The tables are products[8][256]. 2.4 cycles for each of 2,048 elements: an addition and a store each.
 */
#include "tl_float_m4.inc"

/* Sixteen elements: s[0 ..] + s[x] */
.macro put_sums x
  .set half, 0
  .rept 2
    .set at, 0
    .rept 8
      add_into %(16 + at), %(half + at), \x
      .set at, at + 1
    .endr
    put_run 16, 8, r2
    .set half, half + 8
  .endr
.endm

.macro add_into sum, one, other
  vadd.f32 s\sum, s\one, s\other
.endm

  .section .text.tl_pair_tables_m4_f32, "ax", %progbits
  .balign 8
.global tl_pair_tables_m4_f32
  .type tl_pair_tables_m4_f32, %function
  .thumb_func
tl_pair_tables_m4_f32:
  push {r4, r5, r6, lr}
  vpush {s16-s31}
  movs r4, #8
1:
  vldmia r0, {s0-s15}
  vldmia r1!, {s30-s31}
  multiply_to 0, 0, 16, 30
  mov r5, r0
  movs r6, #8
  .balign 8
2:
  vldmia r5!, {s28-s29}
  subs r6, r6, #1
  vmul.f32 s28, s28, s31
  vmul.f32 s29, s29, s31
  put_sums 28
  put_sums 29
  bne.w 2b
  subs r4, r4, #1
  bne.w 1b
  vpop {s16-s31}
  pop {r4, r5, r6, pc}
  .size tl_pair_tables_m4_f32, . - tl_pair_tables_m4_f32
