#include "tl_arithmetic.h"
#include "tl_kernels.h"

void tl_hard_swish_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) {
    out[i] = in[i] * tl_clamped(in[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
  }
}
