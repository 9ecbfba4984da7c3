/*
 *   void tl_copy_words_m4(void *to, const void *from, int words)
 *
 * 2.75 cycles per word, and more if flash does not deliver a word in a cycle. (The C library's
 * memcpy may be one that copies bytes.)
 */
.syntax unified
.thumb

  .section .text.tl_copy_words_m4, "ax", %progbits
  .balign 8
.global tl_copy_words_m4
  .type tl_copy_words_m4, %function
  .thumb_func
tl_copy_words_m4:
  push {r4-r10, lr}
  subs r2, r2, #8
  blt 2f
1:
  ldmia r1!, {r3-r10}
  stmia r0!, {r3-r10}
  subs r2, r2, #8
  bge 1b
2:
  adds r2, r2, #8
  beq 4f
3:
  ldr r3, [r1], #4
  str r3, [r0], #4
  subs r2, r2, #1
  bne 3b
4:
  pop {r4-r10, pc}
  .size tl_copy_words_m4, . - tl_copy_words_m4
