/* int16: functions of an element by lines and slopes. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_fixed_point.h"
#include "tl_lines_s16.h"
#include "tl_quantised_s16.h"

void tl_slopes_s16(const tl_slopes_s16_t *shape, const int16_t *in, int16_t *out) {
  for (int i = 0; i < shape->count; ++i) {
    const int32_t x = in[i];
    const int32_t steps =
        x >= 0 ? tl_multiplied(x, shape->above_mantissa, shape->above_shift)
               : tl_multiplied(x * shape->below_sign, shape->below_mantissa, shape->below_shift);
    out[i] = (int16_t)tl_clamped_int(steps, shape->low, shape->high);
  }
}

void tl_interpolate_s16(int count, const int16_t *in, const int16_t *table, int16_t *out) {
  for (int i = 0; i < count; ++i) out[i] = tl_on_lines(in[i], table);
}
