/* Floats: dense layers with codes of 4 bits, by tables of pairs. Shapes and layouts: tl_pairs.h. */
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_pairs.h"

static void dense_row(const tl_dense_pairs_t *shape, const float *in, const float *table,
                      const uint8_t *codes, float *products, float *sums) {
  const int inputs = shape->layer.inputs;
  const int outputs = shape->layer.outputs;
  const int step = outputs * TL_PAIRS;
  int i = 0;
  for (; i + TL_PAIR_INPUTS <= inputs; i += TL_PAIR_INPUTS) {
    shape->multiply(table, in + i, products);
    shape->add(codes, products, sums, outputs);
    codes += step;
  }
  if (i < inputs) {
    float last[TL_PAIR_INPUTS] = {0.0F};
    memcpy(last, in + i, (size_t)(inputs - i) * sizeof(float));
    shape->multiply(table, last, products);
    shape->add(codes, products, sums, outputs);
  }
}

void tl_dense_pairs_f32(const tl_dense_pairs_t *shape, const float *in, const float *table,
                        const uint8_t *codes, const float *bias, float *products, float *out) {
  const tl_dense_t *layer = &shape->layer;
  for (int row = 0; row < layer->rows; ++row) {
    memcpy(out, bias, (size_t)layer->outputs * sizeof(float));
    dense_row(shape, in, table, codes, products, out);
    for (int i = 0; i < layer->outputs; ++i) out[i] = tl_clamped(out[i], layer->low, layer->high);
    in += layer->inputs;
    out += layer->outputs;
  }
}
