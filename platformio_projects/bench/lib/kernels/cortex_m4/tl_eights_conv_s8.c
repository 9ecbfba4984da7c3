/*
 * Convolutions of int8 tensors by 1 x 1 of eight channels on the Cortex-M4 and M33; shapes and layouts:
 * tl_quantised_m4.h and tl_conv_eights_m4_s8.S. Cycles: 115 for two positions and four channels, and
 * those of tl_narrow_s8 where the activation is narrower than the type.
 */
#include "tl_quantised_m4.h"

void tl_eights_conv_s8(const tl_eights_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                       int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  shape->compute(stream, in, out, &shape->sizes);
  tl_narrow_s8(8 * shape->sizes.pairs * shape->sizes.blocks, conv->low, conv->high, out);
}
