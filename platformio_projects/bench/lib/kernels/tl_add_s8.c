#include "tl_fixed_point.h"
#include "tl_quantised.h"

enum { SUM_SHIFT = 20 };

void tl_add_s8(const tl_add_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int i = 0; i < shape->count; ++i) {
    const int32_t raised_a = (a[i] - shape->a_zero) * (1 << SUM_SHIFT);
    const int32_t raised_b = (b[i] - shape->b_zero) * (1 << SUM_SHIFT);
    const int32_t sum = tl_multiplied(raised_a, shape->a_mantissa, shape->a_shift) +
                        tl_multiplied(raised_b, shape->b_mantissa, shape->b_shift);
    const int32_t steps = tl_multiplied(sum, shape->output_mantissa, shape->output_shift);
    out[i] = (int8_t)tl_clamped_int(steps + shape->output_zero, shape->low, shape->high);
  }
}
