/* Floats: the logistic function. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_sigmoid_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = 1.0f / (1.0f + expf(-in[i]));
}
