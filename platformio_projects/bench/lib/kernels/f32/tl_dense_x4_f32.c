/* Floats: dense layers with codes of 8 bits. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

static tl_four_t decode_four(tl_four_t sum, const float *in, const float *table,
                             const uint8_t *codes, int count) {
  for (int i = 0; i < count; ++i) {
    const float x = in[i];
    sum.a += x * table[codes[0]];
    sum.b += x * table[codes[1]];
    sum.c += x * table[codes[2]];
    sum.d += x * table[codes[3]];
    codes += 4;
  }
  return sum;
}

static void dense_row(const tl_dense_t *shape, const float *in, const float *table,
                      const uint8_t *codes, const float *bias, float *out) {
  const int inputs = shape->inputs;
  const int outputs = shape->outputs;
  int unit = 0;
  for (; unit + 4 <= outputs; unit += 4) {
    const tl_four_t sum = decode_four(tl_load_four(bias + unit), in, table, codes, inputs);
    tl_store_four_clamped(sum, shape->low, shape->high, out + unit);
    codes += 4 * inputs;
  }
  for (; unit < outputs; ++unit) {
    float sum = bias[unit];
    for (int i = 0; i < inputs; ++i) sum += in[i] * table[codes[i]];
    out[unit] = tl_clamped(sum, shape->low, shape->high);
    codes += inputs;
  }
}

void tl_dense_x4_f32(const tl_dense_t *shape, const float *in, const float *table,
                     const uint8_t *codes, const float *bias, float *out) {
  for (int row = 0; row < shape->rows; ++row) {
    dense_row(shape, in, table, codes, bias, out);
    in += shape->inputs;
    out += shape->outputs;
  }
}
