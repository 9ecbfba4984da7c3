/* Floats: sums over all positions. Shapes and layouts: tl_kernels.h. */
#include "tl_kernels.h"

void tl_global_sum_pool_f32(int positions, int channels, const float *in, float *out) {
  for (int channel = 0; channel < channels; ++channel) {
    float sum = 0.0f;
    for (int i = 0; i < positions; ++i) sum += in[i * channels + channel];
    out[channel] = sum;
  }
}
