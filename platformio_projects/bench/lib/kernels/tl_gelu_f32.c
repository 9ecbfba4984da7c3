#include <math.h>

#include "tl_kernels.h"

void tl_gelu_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = 0.5f * in[i] * (1.0f + erff(0.707106781f * in[i]));
}
