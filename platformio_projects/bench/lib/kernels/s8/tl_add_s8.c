/* int8: sums of two tensors of one shape. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_quantised.h"

enum { SUM_SHIFT = 20 };

/* A term, or their sum, times a factor below 1. */
static inline int32_t scaled(int32_t value, int32_t mantissa, int right) {
  return tl_rounded_shift(tl_doubled_high_product(value, mantissa), right);
}

void tl_add_s8(const tl_add_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out) {
  const tl_add_s8_t of = *shape; /* `out` could overlap what `shape` points to */
  for (int i = 0; i < of.count; ++i) {
    const int32_t first = scaled((a[i] - of.a_zero) * (1 << SUM_SHIFT), of.a_mantissa, of.a_right);
    const int32_t second = scaled((b[i] - of.b_zero) * (1 << SUM_SHIFT), of.b_mantissa, of.b_right);
    const int32_t steps = scaled(first + second, of.output_mantissa, of.output_right);
    out[i] = (int8_t)tl_clamped_int(steps + of.output_zero, of.low, of.high);
  }
}
