/* int8: dense layers. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_quantised.h"

static inline void dense(const tl_dense_s8_t *shape, int weight_zero, const int8_t *in,
                         const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                         const int32_t *shifts, int8_t *out) {
  for (int row = 0; row < shape->rows; ++row, in += shape->inputs) {
    const int8_t *weight = weights;
    for (int unit = 0; unit < shape->outputs; ++unit) {
      int32_t sum = bias[unit];
      for (int i = 0; i < shape->inputs; ++i)
        sum += (in[i] - shape->input_zero) * (*weight++ - weight_zero);
      const int32_t steps =
          tl_multiplied_once(sum, mantissas[unit], shifts[unit]) + shape->output_zero;
      *out++ = (int8_t)tl_clamped_int(steps, shape->low, shape->high);
    }
  }
}

void tl_dense_s8(const tl_dense_s8_t *shape, const int8_t *in, const int8_t *weights,
                 const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                 int8_t *out) {
  dense(shape, 0, in, weights, bias, mantissas, shifts, out);
}

void tl_dense_asymmetric_s8(const tl_dense_s8_t *shape, const int8_t *in, const int8_t *weights,
                            const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                            int8_t *out) {
  dense(shape, shape->weight_zero, in, weights, bias, mantissas, shifts, out);
}
