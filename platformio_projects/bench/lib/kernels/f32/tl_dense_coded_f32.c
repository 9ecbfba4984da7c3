/*
 * Floats: dense layers with codes of 8 bits, in blocks of a core. Shapes and layouts:
 * tl_codes.h.
 */
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_codes.h"

void tl_dense_coded_f32(const tl_dense_coded_t *shape, const float *in, const float *table,
                        const uint8_t *codes, const float *bias, float *near, float *out) {
  const tl_dense_t *layer = &shape->layer;
  memcpy(near, table, TL_CODES_TABLE * sizeof(float)); /* flash supplies the codes */
  for (int row = 0; row < layer->rows; ++row) {
    const uint8_t *code = codes;
    for (int first = 0; first < layer->outputs; first += TL_CODES) {
      const int count = tl_least(TL_CODES, layer->outputs - first);
      float sums[TL_CODES] = {0.0F};
      memcpy(sums, bias + first, (size_t)count * sizeof(float));
      shape->add(code, near, in, layer->inputs, sums);
      for (int i = 0; i < count; ++i) *out++ = tl_clamped(sums[i], layer->low, layer->high);
      code += layer->inputs * TL_CODES;
    }
    in += layer->inputs;
  }
}
