/* int8: conversions between types and scales. Shapes and layouts: tl_quantised.h. */
#include <math.h>

#include "tl_fixed_point.h"
#include "tl_quantised.h"

void tl_convert_f32_s8(int count, float scale, int zero, const float *in, int8_t *out) {
  for (int i = 0; i < count; ++i) {
    const float steps = roundf(in[i] / scale) + (float)zero;
    out[i] = (int8_t)(steps < -128.0f ? -128.0f : steps > 127.0f ? 127.0f : steps);
  }
}

void tl_convert_s8_f32(int count, float scale, int zero, const int8_t *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = scale * (float)(in[i] - zero);
}

void tl_convert_s8_s8(int count, int in_zero, int mantissa, int shift, int out_zero,
                      const int8_t *in, int8_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t steps = tl_multiplied(in[i] - in_zero, mantissa, shift) + out_zero;
    out[i] = (int8_t)tl_clamped_int(steps, INT8_MIN, INT8_MAX);
  }
}

void tl_convert_sign(int count, const void *in, void *out) {
  const uint8_t *given = in;
  uint8_t *made = out;
  for (int i = 0; i < count; ++i) made[i] = given[i] ^ 0x80;
}
