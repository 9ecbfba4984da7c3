#include <math.h>

#include "tl_kernels.h"

void tl_elu_f32(int count, float factor, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] >= 0.0f ? in[i] : factor * expm1f(in[i]);
}
