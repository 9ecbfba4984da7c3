/* Floats: the hyperbolic tangent. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_tanh_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = tanhf(in[i]);
}
