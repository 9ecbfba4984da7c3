#include "tl_quantised_m4.h"

void tl_eights_conv_s8(const tl_eights_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                       int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  shape->compute(stream, in, out, &shape->sizes);
  tl_narrow_s8(8 * shape->sizes.pairs * shape->sizes.blocks, conv->low, conv->high, out);
}
