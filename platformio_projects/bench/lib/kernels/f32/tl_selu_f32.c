/* Floats: SELU. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_selu_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) {
    const float raised = in[i] >= 0.0f ? in[i] : 1.67326324f * expm1f(in[i]);
    out[i] = 1.05070099f * raised;
  }
}
