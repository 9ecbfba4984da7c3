/* Floats: dense layers. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

static void dense_row(const tl_dense_t *shape, const float *in, const float *weights,
                      const float *bias, float *out) {
  const int inputs = shape->inputs;
  const int outputs = shape->outputs;
  int unit = 0;
  for (; unit + 4 <= outputs; unit += 4) {
    const tl_four_t sum = tl_dot_four(tl_load_four(bias + unit), in, weights, inputs);
    tl_store_four_clamped(sum, shape->low, shape->high, out + unit);
    weights += 4 * inputs;
  }
  for (; unit < outputs; ++unit) {
    const float sum = tl_dot_one(bias[unit], in, weights, inputs);
    out[unit] = tl_clamped(sum, shape->low, shape->high);
    weights += inputs;
  }
}

void tl_dense_f32(const tl_dense_t *shape, const float *in, const float *weights,
                  const float *bias, float *out) {
  for (int row = 0; row < shape->rows; ++row) {
    dense_row(shape, in, weights, bias, out);
    in += shape->inputs;
    out += shape->outputs;
  }
}
