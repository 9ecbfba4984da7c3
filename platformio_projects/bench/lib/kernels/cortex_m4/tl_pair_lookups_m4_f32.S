/*
 * Sums of tables' elements, for the Cortex-M4 and M33; see tl_pairs.h.
 *
 *   void tl_pair_lookups_m4_f32(const uint8_t *codes, const float *products, float *sums, int outputs)
 *
 * 41 cycles for the 16 inputs of a sum: a code, its element, a move and an addition for each pair. Two
 * sums at a time; codes and elements by fours, as loads overlap within one memory only.
 * The tables [8][256] are at r0 and r3 to r9, an odd sum is the first.
 */
.syntax unified
.thumb

/* s2 to s5 = the elements of four tables for the codes at \offset. If \sum is given, s6 and s8 are added
   to it meanwhile. */
.macro take_first offset, sum
  ldrb r10, [r1, #\offset]
  ldrb r11, [r1, #(\offset + 1)]
  ldrb r12, [r1, #(\offset + 2)]
  ldrb lr, [r1, #(\offset + 3)]
  .ifnb \sum
  vadd.f32 s6, s6, s8
  .endif
  ldr r10, [r0, r10, lsl #2]
  ldr r11, [r3, r11, lsl #2]
  ldr r12, [r4, r12, lsl #2]
  ldr lr, [r5, lr, lsl #2]
  .ifnb \sum
  vadd.f32 \sum, \sum, s6
  .endif
  vmov s2, s3, r10, r11
  vmov s4, s5, r12, lr
.endm

/* \sum += these and the elements of the other four tables, but for s6 and s8. */
.macro add_all offset, sum
  ldrb r10, [r1, #\offset]
  ldrb r11, [r1, #(\offset + 1)]
  ldrb r12, [r1, #(\offset + 2)]
  ldrb lr, [r1, #(\offset + 3)]
  vadd.f32 s2, s2, s3
  vadd.f32 s4, s4, s5
  ldr r10, [r6, r10, lsl #2]
  ldr r11, [r7, r11, lsl #2]
  ldr r12, [r8, r12, lsl #2]
  ldr lr, [r9, lr, lsl #2]
  vadd.f32 s2, s2, s4
  vmov s6, s7, r10, r11
  vmov s8, s9, r12, lr
  vadd.f32 s6, s6, s7
  vadd.f32 s8, s8, s9
  vadd.f32 \sum, \sum, s2
.endm

.macro add_last sum
  vadd.f32 s6, s6, s8
  ldr r10, [sp]
  vadd.f32 \sum, \sum, s6
  cmp r2, r10
.endm

  .section .text.tl_pair_lookups_m4_f32, "ax", %progbits
  .balign 8
.global tl_pair_lookups_m4_f32
  .type tl_pair_lookups_m4_f32, %function
  .thumb_func
tl_pair_lookups_m4_f32:
  lsls r12, r3, #31
  add r3, r2, r3, lsl #2
  sub r3, r3, #8
  push {r3-r11, lr} /* where the last two sums are stays on the stack */
  mov r12, r0
  mov r0, r1
  mov r1, r12
  add r3, r0, #1024
  add r4, r3, #1024
  add r5, r4, #1024
  add r6, r5, #1024
  add r7, r6, #1024
  add r8, r7, #1024
  add r9, r8, #1024
  bpl.w 1f /* an even number */
  vldr s0, [r2]
  take_first 0
  add_all 4, s0
  add_last s0
  add r1, r1, #8
  vstmia r2!, {s0}
  bhi.w 2f
  .balign 8
1:
  vldr s0, [r2]
  vldr s1, [r2, #4]
  take_first 0
  add_all 4, s0
  take_first 8, s0
  add_all 12, s1
  add r1, r1, #16
  add_last s1
  vstmia r2!, {s0-s1}
  bne.w 1b
2:
  pop {r3-r11, pc}
  .size tl_pair_lookups_m4_f32, . - tl_pair_lookups_m4_f32
