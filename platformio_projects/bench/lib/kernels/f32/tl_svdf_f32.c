/* Floats: SVDF layers, which keep a state. Shapes and layouts: tl_kernels.h. */
#include <string.h>

#include "tl_kernels.h"

void tl_svdf_f32(int inputs, int units, int rank, int length, const float *in,
                 const float *features, const float *time, const float *bias, float *memory,
                 float *out) {
  for (int unit = 0; unit < units; ++unit) {
    out[unit] = bias[unit];
    for (int filter = 0; filter < rank; ++filter) {
      float newest = 0.0f, sum = 0.0f;
      for (int i = 0; i < inputs; ++i) newest += *features++ * in[i];
      memmove(memory, memory + 1, (size_t)(length - 1) * sizeof *memory);
      memory[length - 1] = newest;
      for (int i = 0; i < length; ++i) sum += *time++ * *memory++;
      out[unit] += sum;
    }
  }
}
