/* Floats: maxima over all positions. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

void tl_global_max_pool_f32(int positions, int channels, const float *in, float *out) {
  for (int channel = 0; channel < channels; ++channel) {
    float most = in[channel];
    for (int position = 1; position < positions; ++position)
      most = tl_larger(most, in[position * channels + channel]);
    out[channel] = most;
  }
}
