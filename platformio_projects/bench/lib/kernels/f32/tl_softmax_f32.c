/* Floats: softmax of rows. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* The largest is subtracted first, so that no exponential overflows. */
static void softmax_row(int count, const float *in, float *out) {
  float most = in[0];
  for (int i = 1; i < count; ++i) most = tl_larger(most, in[i]);
  float sum = 0.0f;
  for (int i = 0; i < count; ++i) {
    out[i] = expf(in[i] - most);
    sum += out[i];
  }
  for (int i = 0; i < count; ++i) out[i] /= sum;
}

void tl_softmax_f32(int rows, int count, const float *in, float *out) {
  for (int row = 0; row < rows; ++row) {
    softmax_row(count, in, out);
    in += count;
    out += count;
  }
}
