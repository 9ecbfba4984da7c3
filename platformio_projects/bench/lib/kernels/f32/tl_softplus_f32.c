/* Floats: softplus. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* log(1 + exp(x)), without an exponential that overflows. */
void tl_softplus_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) {
    out[i] = tl_larger(in[i], 0.0f) + log1pf(expf(-fabsf(in[i])));
  }
}
