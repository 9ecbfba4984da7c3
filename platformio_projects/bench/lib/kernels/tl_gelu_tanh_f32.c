#include <math.h>

#include "tl_kernels.h"

void tl_gelu_tanh_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) {
    const float x = in[i];
    const float inner = 0.797884561f * (x + 0.044715f * x * x * x);
    out[i] = 0.5f * x * (1.0f + tanhf(inner));
  }
}
