#include "tl_kernels.h"

void tl_leaky_relu_f32(int count, float slope, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] >= 0.0f ? in[i] : slope * in[i];
}
