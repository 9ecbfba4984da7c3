/*
 * Sums of two int8 tensors on the Cortex-M7: what an element adds comes from a table; shapes and layouts:
 * tl_integer_m7.h. Cycles: tl_add_four_m7_s8.S, after the tables [2][256] are computed.
 */
#include "tl_fixed_point.h"
#include "tl_integer_m7.h"

enum { LEAST = 128, FOUR = 4 };

/* As tl_add_four_m7_s8 rounds it. */
static int8_t rounded(int32_t doubled, const tl_add_tables_s8_t *shape) {
  const int32_t product = tl_doubled_high_product(doubled / 2, shape->mantissa);
  const int32_t steps = (product + (doubled >> 31) + shape->rounding) >> shape->right;
  return (int8_t)tl_clamped_int(steps, INT8_MIN, INT8_MAX);
}

void tl_add_tables_m7_s8(const tl_add_tables_s8_t *shape, const int8_t *a, const int8_t *b,
                         const int32_t *tables, int8_t *out) {
  const int32_t *first = tables + LEAST, *second = first + 2 * LEAST;
  const int count = shape->count;
  tl_add_four_m7_s8(shape, a, b, tables, out);
  for (int i = count - count % FOUR; i < count; ++i)
    out[i] = rounded(first[a[i]] + second[b[i]], shape);
  if (shape->low > INT8_MIN || shape->high < INT8_MAX)
    tl_clamp_s8(count, shape->low, shape->high, out, out);
}
