#include "tl_blocks.h"

void tl_dense_blocks_f32(const tl_dense_blocks_t *shape, const float *in, const float *weights,
                         float *out) {
  const tl_dense_t *layer = &shape->layer;
  const int before = shape->wide.outputs;
  for (int row = 0; row < layer->rows; ++row) {
    const float *weight = shape->wide.compute(layer, shape->wide.blocks, in, weights, out);
    if (shape->narrow.blocks > 0)
      shape->narrow.compute(layer, shape->narrow.blocks, in, weight, out + before);
    in += layer->inputs;
    out += layer->outputs;
  }
}
