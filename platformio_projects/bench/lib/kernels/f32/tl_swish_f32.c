/* Floats: swish. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_swish_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] / (1.0f + expf(-in[i]));
}
