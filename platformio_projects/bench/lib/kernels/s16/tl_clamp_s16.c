/*
 * int16: elements limited to a range: ReLU, ReLU6, clips. Shapes and layouts:
 * tl_quantised_s16.h.
 */
#include "tl_fixed_point.h"
#include "tl_quantised_s16.h"

void tl_clamp_s16(int count, int low, int high, const int16_t *in, int16_t *out) {
  for (int i = 0; i < count; ++i) out[i] = (int16_t)tl_clamped_int(in[i], low, high);
}
