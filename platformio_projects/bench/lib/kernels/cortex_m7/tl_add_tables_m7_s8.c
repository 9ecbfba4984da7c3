/*
 * Sums of two int8 tensors on the Cortex-M7: what an element adds comes from a table; the sum is
 * rounded as in tl_integer_m7.inc. About 6 cycles for an element.
 */
#include "tl_integer_m7.h"

enum { LEAST = 128 };

static inline int32_t rounded(int32_t doubled, const tl_add_tables_s8_t *shape) {
  const int32_t start = shape->rounding + (doubled >> 31);
  int32_t product, element;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(product) : "r"(doubled), "r"(shape->mantissa), "r"(start));
  __asm__("ssat %0, #8, %1" : "=r"(element) : "r"(product >> shape->right));
  return element;
}

void tl_add_tables_m7_s8(const tl_add_tables_s8_t *shape, const int8_t *a, const int8_t *b,
                         const int32_t *tables, int8_t *out) {
  const tl_add_tables_s8_t of = *shape; /* `out` could overlap what `shape` points to */
  const int32_t *first = tables + LEAST, *second = first + 2 * LEAST;
  int i = 0;
  for (; i + 4 <= of.count; i += 4) {
    int32_t made[4];
    for (int j = 0; j < 4; ++j) made[j] = rounded(first[a[i + j]] + second[b[i + j]], &of);
    for (int j = 0; j < 4; ++j) out[i + j] = (int8_t)made[j];
  }
  for (; i < of.count; ++i) out[i] = (int8_t)rounded(first[a[i]] + second[b[i]], &of);
  if (of.low > INT8_MIN || of.high < INT8_MAX) tl_clamp_s8(of.count, of.low, of.high, out, out);
}
