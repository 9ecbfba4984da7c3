/* int16: dense layers. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_quantised_s16.h"
#include "tl_sums_s16.h"

void tl_dense_s16(const tl_dense_s16_t *shape, const int16_t *in, const int8_t *weights,
                  const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                  int16_t *out) {
  for (int row = 0; row < shape->rows; ++row, in += shape->inputs)
    for (int unit = 0; unit < shape->outputs; ++unit) {
      const int8_t *weight = weights + unit * shape->inputs;
      int64_t sum = tl_dot_s16(tl_long_at(bias, unit), in, weight, shape->inputs);
      if (shape->narrow) sum = tl_saturated(sum);
      const int32_t steps = tl_multiplied_long(sum, mantissas[unit], shifts[unit]);
      *out++ = (int16_t)tl_clamped_int(steps, shape->low, shape->high);
    }
}
