/* int8 elements as pairs of int16, as the multiplications of the Cortex-M7 take them. */
#ifndef TL_WIDEN_M7_H
#define TL_WIDEN_M7_H

#include <stdint.h>
#include <string.h>

static inline int32_t tl_four_elements(const int8_t *in) {
  int32_t four;
  memcpy(&four, in, sizeof(four));
  return four;
}

static inline int32_t tl_even_bytes(int32_t four) {
  int32_t two;
  __asm__("sxtb16 %0, %1" : "=r"(two) : "r"(four));
  return two;
}

static inline int32_t tl_odd_bytes(int32_t four) {
  int32_t two;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(two) : "r"(four));
  return two;
}

/* Of every four elements, 0 and 2, then 1 and 3; then the rest in their order, filled up to an even
   number. The words are `step` words apart. Returns where the next one would be. */
static inline int32_t *tl_widened(int32_t *words, int count, int step, const int8_t *in) {
  int i = 0;
  for (; i + 4 <= count; i += 4, words += 2 * step) {
    const int32_t four = tl_four_elements(in + i);
    words[0] = tl_even_bytes(four);
    words[step] = tl_odd_bytes(four);
  }
  for (; i + 1 < count; i += 2, words += step)
    *words = (int32_t)(((uint32_t)in[i + 1] << 16) | (uint16_t)in[i]);
  if (i < count) {
    *words = in[i];
    words += step;
  }
  return words;
}

#endif
