/* Floats: dense layers with codes of 4 bits. Shapes and layouts: tl_kernels.h. */
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

enum { TABLE = 16 };

static tl_four_t decode_four(tl_four_t sum, const float *in, const float *table,
                             const uint8_t *codes, int count) {
  for (int i = 0; i < count; ++i) {
    const float x = in[i];
    const unsigned four = (unsigned)codes[0] | (unsigned)codes[1] << 8;
    sum.a += x * table[four & 15u];
    sum.b += x * table[four >> 4 & 15u];
    sum.c += x * table[four >> 8 & 15u];
    sum.d += x * table[four >> 12];
    codes += 2;
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
    codes += 2 * inputs;
  }
  int code = 0; /* with an odd number of inputs, a unit may start at the high half of a byte */
  for (; unit < outputs; ++unit) {
    float sum = bias[unit];
    for (int i = 0; i < inputs; ++i, ++code)
      sum += in[i] * table[codes[code >> 1] >> ((code & 1) * 4) & 15];
    out[unit] = tl_clamped(sum, shape->low, shape->high);
  }
}

void tl_dense_x8_f32(const tl_dense_t *shape, const float *in, const float *table,
                     const uint8_t *codes, const float *bias, float *out) {
  float near_table[TABLE]; /* in RAM, as flash has wait states and also supplies the codes */
  memcpy(near_table, table, sizeof near_table);
  for (int row = 0; row < shape->rows; ++row) {
    dense_row(shape, in, near_table, codes, bias, out);
    in += shape->inputs;
    out += shape->outputs;
  }
}
