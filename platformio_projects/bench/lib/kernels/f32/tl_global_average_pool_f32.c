/* Floats: averages over all positions. Shapes and layouts: tl_kernels.h. */
#include "tl_kernels.h"

void tl_global_average_pool_f32(int positions, int channels, const float *in, float *out) {
  const float count = (float)positions;
  for (int channel = 0; channel < channels; ++channel) {
    float sum = 0.0f;
    for (int position = 0; position < positions; ++position)
      sum += in[position * channels + channel];
    out[channel] = sum / count;
  }
}
