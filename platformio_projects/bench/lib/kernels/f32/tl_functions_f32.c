/* Floats: mathematical functions of each number. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_kernels.h"

void tl_log_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = logf(in[i]);
}

void tl_abs_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = fabsf(in[i]);
}

void tl_sign_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = (float)((in[i] > 0.0f) - (in[i] < 0.0f));
}

void tl_square_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = in[i] * in[i];
}

void tl_sqrt_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = sqrtf(in[i]);
}

void tl_rsqrt_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = 1.0f / sqrtf(in[i]);
}

void tl_reciprocal_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = 1.0f / in[i];
}

void tl_sin_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = sinf(in[i]);
}

void tl_cos_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = cosf(in[i]);
}

void tl_erf_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = erff(in[i]);
}

void tl_floor_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = floorf(in[i]);
}

void tl_ceil_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = ceilf(in[i]);
}

void tl_round_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = rintf(in[i]);
}

void tl_truncate_f32(int count, const float *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = truncf(in[i]);
}
