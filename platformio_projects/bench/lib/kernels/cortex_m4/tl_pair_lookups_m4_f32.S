/*
 * Sums of tables' elements, for the Cortex-M4 and M33; see tl_pairs.h.
 *
 *   void tl_pair_lookups_m4_f32(const uint8_t *codes, const float *products, float *sums, int outputs)
 *
 * 44 cycles for the 16 inputs of a sum: a code, its element, a move and an addition for each pair.
 * The tables [8][256] are at r0 and r3 to r9.
 */
.syntax unified
.thumb

  .section .text.tl_pair_lookups_m4_f32, "ax", %progbits
  .balign 8
.global tl_pair_lookups_m4_f32
  .type tl_pair_lookups_m4_f32, %function
  .thumb_func
tl_pair_lookups_m4_f32:
  add r3, r2, r3, lsl #2
  push {r3-r11, lr} /* the end of the sums stays on the stack */
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
  .balign 8
1:
  ldrb r10, [r1]
  ldrb r11, [r1, #1]
  ldrb r12, [r1, #2]
  ldrb lr, [r1, #3]
  ldr r10, [r0, r10, lsl #2]
  ldr r11, [r3, r11, lsl #2]
  ldr r12, [r4, r12, lsl #2]
  ldr lr, [r5, lr, lsl #2]
  vldr s0, [r2]
  vmov s1, s2, r10, r11
  vmov s3, s4, r12, lr
  ldrb r10, [r1, #4]
  ldrb r11, [r1, #5]
  ldrb r12, [r1, #6]
  ldrb lr, [r1, #7]
  ldr r10, [r6, r10, lsl #2]
  ldr r11, [r7, r11, lsl #2]
  ldr r12, [r8, r12, lsl #2]
  ldr lr, [r9, lr, lsl #2]
  vadd.f32 s1, s1, s2
  vmov s5, s6, r10, r11
  vmov s7, s8, r12, lr
  vadd.f32 s3, s3, s4
  ldr r10, [sp]
  vadd.f32 s5, s5, s6
  vadd.f32 s7, s7, s8
  vadd.f32 s1, s1, s3
  adds r1, r1, #8
  vadd.f32 s5, s5, s7
  vadd.f32 s0, s0, s1
  adds r11, r2, #4
  vadd.f32 s0, s0, s5
  cmp r11, r10
  vstmia r2!, {s0}
  bne 1b
  pop {r3-r11, pc}
  .size tl_pair_lookups_m4_f32, . - tl_pair_lookups_m4_f32
