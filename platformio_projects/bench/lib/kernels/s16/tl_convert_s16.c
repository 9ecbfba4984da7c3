/* int16: conversions between types and scales. Shapes and layouts: tl_quantised_s16.h. */
#include <math.h>

#include "tl_fixed_point.h"
#include "tl_quantised_s16.h"

void tl_convert_f32_s16(int count, float scale, int zero, const float *in, int16_t *out) {
  for (int i = 0; i < count; ++i) {
    const float steps = roundf(in[i] / scale) + (float)zero;
    out[i] = (int16_t)(steps < -32768.0f ? -32768.0f : steps > 32767.0f ? 32767.0f : steps);
  }
}

void tl_convert_s16_f32(int count, float scale, int zero, const int16_t *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = scale * (float)(in[i] - zero);
}

void tl_convert_s16_s16(int count, int in_zero, int mantissa, int shift, int out_zero,
                        const int16_t *in, int16_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t steps = tl_multiplied(in[i] - in_zero, mantissa, shift) + out_zero;
    out[i] = (int16_t)tl_clamped_int(steps, INT16_MIN, INT16_MAX);
  }
}

void tl_convert_s8_s16(int count, int in_zero, int mantissa, int shift, int out_zero,
                       const int8_t *in, int16_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t steps = tl_multiplied(in[i] - in_zero, mantissa, shift) + out_zero;
    out[i] = (int16_t)tl_clamped_int(steps, INT16_MIN, INT16_MAX);
  }
}

void tl_convert_s16_s8(int count, int in_zero, int mantissa, int shift, int out_zero,
                       const int16_t *in, int8_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t steps = tl_multiplied(in[i] - in_zero, mantissa, shift) + out_zero;
    out[i] = (int8_t)tl_clamped_int(steps, INT8_MIN, INT8_MAX);
  }
}
