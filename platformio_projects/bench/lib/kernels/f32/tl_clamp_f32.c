/* Floats: elements limited to a range: ReLU, ReLU6, clips. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

void tl_clamp_f32(int count, float low, float high, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = tl_clamped(in[i], low, high);
}
