/* Floats: logarithms of softmax. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* The largest is subtracted first, so that no exponential overflows. */
void tl_log_softmax_f32(int rows, int count, const float *in, float *out) {
  for (int row = 0; row < rows; ++row) {
    float most = in[0];
    for (int i = 1; i < count; ++i) most = tl_larger(most, in[i]);
    float sum = 0.0f;
    for (int i = 0; i < count; ++i) sum += expf(in[i] - most);
    const float whole = logf(sum);
    for (int i = 0; i < count; ++i) out[i] = in[i] - most - whole;
    in += count;
    out += count;
  }
}
