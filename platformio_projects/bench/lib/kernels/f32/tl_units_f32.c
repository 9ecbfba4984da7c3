/* Floats: rectified linear units and smooth ones. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

void tl_leaky_relu_f32(int count, float slope, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] >= 0.0f ? in[i] : in[i] * slope;
}

void tl_elu_f32(int count, float factor, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] >= 0.0f ? in[i] : factor * expm1f(in[i]);
}

void tl_gelu_f32(int count, const float *in, float *out) {
  const float root_half = 0.70710678f;
  for (int i = 0; i < count; ++i) out[i] = 0.5f * in[i] * (1.0f + erff(in[i] * root_half));
}

void tl_gelu_tanh_f32(int count, const float *in, float *out) {
  const float root = 0.79788456f; /* of 2 / pi */
  for (int i = 0; i < count; ++i) {
    const float x = in[i];
    out[i] = 0.5f * x * (1.0f + tanhf(root * (x + 0.044715f * x * x * x)));
  }
}

void tl_hard_swish_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] * tl_clamped(in[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
}
