/*
 * Two rows of pixels as lines of channels, for the Cortex-M4 and M33.
 *
 *   void tl_expand_rows_m4_s8(const int8_t *first, const int8_t *second, int16_t *lines,
 *                             const tl_lines_s8_t *shape)
 *
 * From first[pixels][channels] and second[pixels][channels] to lines[channels][line / 2][2] of words:
 * two elements of the first row, two of the second one. A line has `left` (0 or 1) elements of the
 * input's zero, the pixels (2 * pairs + odd, and one for `left`), then the zero up to the end.
 * `channels` is a multiple of 4, `line` of 2.
 *
 * Registers: r0, r1 pixels, r2-r5 the lines of four channels, r6-r9 pixels, r10 their halves, r11 words
 * to do, r12 channels, r14 shape. s0 channels to do, s1, s2 pixels, s3 the zero in each byte.
 * 31 cycles for four pixels of four channels.
 */
.syntax unified
.altmacro
.thumb

.equ CHANNELS, 0
.equ LINE, 8
.equ LEFT, 12
.equ PAIRS, 16
.equ ODD, 20
.equ REST, 24
.equ ZERO, 28

/* Of one row: (b1, a1) and (b0, a0), then (b3, a3) and (b2, a2). */
.macro put_row a, b
  pkhbt r10, \a, \b, lsl #16
  pkhtb \b, \b, \a, asr #16
  sxtb16 \a, r10
  sxtb16 r10, r10, ror #8
  str \a, [r2], #4
  str r10, [r3], #4
  sxtb16 \a, \b
  sxtb16 \b, \b, ror #8
  str \a, [r4], #4
  str \b, [r5], #4
.endm

.macro put_rows
  put_row r6, r7
  put_row r8, r9
.endm

.global tl_expand_rows_m4_s8
  .section .text.tl_expand_rows_m4_s8, "ax", %progbits
  .balign 32
  .type tl_expand_rows_m4_s8, %function
  .thumb_func
tl_expand_rows_m4_s8:
  push {r4-r11, lr}
  mov r14, r3
  ldr r12, [r14, #CHANNELS]
  ldr r5, [r14, #ZERO]
  vmov s3, r5
  lsr r5, r12, #2
  vmov s0, r5
1:
  vmov s1, r0
  vmov s2, r1
  ldr r11, [r14, #LINE]
  add r3, r2, r11, lsl #2
  add r4, r3, r11, lsl #2
  add r5, r4, r11, lsl #2
  ldr r11, [r14, #LEFT]
  cmp r11, #0
  beq 2f
  ldr r7, [r0]
  ldr r9, [r1]
  vmov r6, s3
  vmov r8, s3
  add r0, r0, r12
  add r1, r1, r12
  put_rows
2:
  ldr r11, [r14, #PAIRS]
  cmp r11, #0
  beq 4f
  .balign 8
3:
  ldr r6, [r0]
  ldr r7, [r0, r12]
  ldr r8, [r1]
  ldr r9, [r1, r12]
  add r0, r0, r12, lsl #1
  add r1, r1, r12, lsl #1
  put_rows
  subs r11, r11, #1
  bne 3b
4:
  ldr r11, [r14, #ODD]
  cmp r11, #0
  beq 5f
  ldr r6, [r0]
  ldr r8, [r1]
  vmov r7, s3
  vmov r9, s3
  put_rows
5:
  ldr r11, [r14, #REST]
  cmp r11, #0
  beq 7f
6:
  vmov r6, s3
  vmov r7, s3
  vmov r8, s3
  vmov r9, s3
  put_rows
  subs r11, r11, #1
  bne 6b
7:
  vmov r6, s0
  vmov r0, s1
  vmov r1, s2
  mov r2, r5
  adds r0, r0, #4
  adds r1, r1, #4
  subs r6, r6, #1
  vmov s0, r6
  bne 1b
  pop {r4-r11, pc}
  .size tl_expand_rows_m4_s8, . - tl_expand_rows_m4_s8
