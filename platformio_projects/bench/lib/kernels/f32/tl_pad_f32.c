/* Floats: padding. Shapes and layouts: tl_kernels.h. */
#include "tl_kernels.h"

typedef float element_t;
#include "tl_padding.h"

void tl_pad_f32(const tl_pad_t *shape, float value, const float *in, float *out) {
  padded(shape, value, in, out);
}
