#include "tl_fixed_point.h"
#include "tl_quantised.h"

void tl_dense_s8(const tl_dense_s8_t *shape, const int8_t *in, const int8_t *weights,
                 const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                 int8_t *out) {
  for (int row = 0; row < shape->rows; ++row, in += shape->inputs) {
    const int8_t *weight = weights;
    for (int unit = 0; unit < shape->outputs; ++unit) {
      int32_t sum = bias[unit];
      for (int i = 0; i < shape->inputs; ++i) sum += (in[i] - shape->input_zero) * *weight++;
      const int32_t steps =
          tl_multiplied_once(sum, mantissas[unit], shifts[unit]) + shape->output_zero;
      *out++ = (int8_t)tl_clamped_int(steps, shape->low, shape->high);
    }
  }
}
