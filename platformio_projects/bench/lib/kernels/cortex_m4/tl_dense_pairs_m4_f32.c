#include "tl_arithmetic.h"
#include "tl_pairs_m4.h"

enum { INPUTS = 2 * TL_PAIRS };

static void dense_row(const tl_dense_t *shape, const float *in, const float *table,
                      const uint8_t *codes, const float *bias, float *tables, float *out) {
  const float *end = out + shape->outputs;
  for (int unit = 0; unit < shape->outputs; ++unit) out[unit] = bias[unit];
  int left = shape->inputs;
  for (; left >= INPUTS; left -= INPUTS) {
    tl_pair_tables_m4_f32(table, in, tables);
    codes = tl_add_pairs_m4_f32(tables, codes, out, end);
    in += INPUTS;
  }
  if (left > 0) {
    float last[INPUTS] = {0};
    for (int i = 0; i < left; ++i) last[i] = in[i];
    tl_pair_tables_m4_f32(table, last, tables);
    tl_add_pairs_m4_f32(tables, codes, out, end);
  }
  for (int unit = 0; unit < shape->outputs; ++unit)
    out[unit] = tl_clamped(out[unit], shape->low, shape->high);
}

void tl_dense_pairs_m4_f32(const tl_dense_t *shape, const float *in, const float *table,
                           const uint8_t *codes, const float *bias, float *scratch, float *out) {
  for (int row = 0; row < shape->rows; ++row) {
    dense_row(shape, in, table, codes, bias, scratch, out);
    in += shape->inputs;
    out += shape->outputs;
  }
}
