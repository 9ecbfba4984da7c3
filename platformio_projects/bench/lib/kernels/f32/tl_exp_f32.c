/* Floats: exponential functions. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_exp_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = expf(in[i]);
}
