/* int8: elements limited to a range: ReLU, ReLU6, clips. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_quantised.h"

void tl_clamp_s8(int count, int low, int high, const int8_t *in, int8_t *out) {
  for (int i = 0; i < count; ++i) out[i] = (int8_t)tl_clamped_int(in[i], low, high);
}
