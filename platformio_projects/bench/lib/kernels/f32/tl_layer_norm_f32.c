/* Floats: layer normalisation. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

static void norm_row(int count, float epsilon, const float *in, const float *scale,
                     const float *offset, float *out) {
  float sum = 0.0f;
  for (int i = 0; i < count; ++i) sum += in[i];
  const float mean = sum / (float)count;
  float squares = 0.0f;
  for (int i = 0; i < count; ++i) squares += (in[i] - mean) * (in[i] - mean);
  const float deviation = sqrtf(squares / (float)count + epsilon);
  for (int i = 0; i < count; ++i) out[i] = (in[i] - mean) / deviation * scale[i] + offset[i];
}

void tl_layer_norm_f32(int rows, int count, float epsilon, const float *in, const float *scale,
                       const float *offset, float *out) {
  for (int row = 0; row < rows; ++row) {
    norm_row(count, epsilon, in, scale, offset, out);
    in += count;
    out += count;
  }
}
