/* Floats: sums of two tensors of one shape. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

void tl_add_f32(int count, float low, float high, const float *a, const float *b, float *out) {
  for (int i = 0; i < count; ++i) out[i] = tl_clamped(a[i] + b[i], low, high);
}
