/* Floats: dense layers in blocks of a core. Shapes and layouts: tl_blocks.h. */
#include "tl_blocks.h"

void tl_dense_blocks_f32(const tl_dense_blocks_t *shape, const float *in, const float *weights,
                         float *out) {
  const tl_dense_t *layer = &shape->layer;
  for (int row = 0; row < layer->rows; ++row) {
    const float *weight = shape->wide.compute(layer, shape->wide.blocks, in, weights, out);
    if (shape->others.blocks > 0)
      shape->others.compute(layer, shape->others.blocks, in, weight, out + shape->others.first);
    in += layer->inputs;
    out += layer->outputs;
  }
}
