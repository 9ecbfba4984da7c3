/*
 * Dense layers of int8 tensors on the Cortex-M7: elements as int16, then six outputs at once; shapes
 * and layouts: tl_integer_m7.h. Cycles: tl_dense_tile_m7_s8.S.
 */
#include <string.h>

#include "tl_integer_m7.h"
#include "tl_widen_m7.h"

enum { WIDTH = 6 };

static void compute(const tl_dense_tiles_s8_t *shape, const int32_t *weights,
                    const int32_t *scratch, int8_t *out) {
  const tl_dense_tile_s8_t whole = {shape->steps, shape->dense.outputs / WIDTH};
  const int rest = shape->dense.outputs % WIDTH;
  if (whole.blocks > 0) tl_dense_tile_m7_s8(&whole, weights, scratch, out);
  if (rest > 0) {
    const tl_dense_tile_s8_t last = {shape->steps, 1};
    int8_t made[WIDTH];
    weights += whole.blocks * shape->block_words;
    tl_dense_tile_m7_s8(&last, weights, scratch, made);
    memcpy(out + whole.blocks * WIDTH, made, (size_t)rest);
  }
}

void tl_dense_tiles_m7_s8(const tl_dense_tiles_s8_t *shape, const int8_t *in,
                          const int32_t *weights, int32_t *scratch, int8_t *out) {
  const tl_dense_s8_t *dense = &shape->dense;
  for (int row = 0; row < dense->rows; ++row) {
    tl_widened(scratch, dense->inputs, 1, in);
    compute(shape, weights, scratch, out);
    if (dense->low > INT8_MIN || dense->high < INT8_MAX)
      tl_clamp_s8(dense->outputs, dense->low, dense->high, out, out);
    in += dense->inputs;
    out += dense->outputs;
  }
}
