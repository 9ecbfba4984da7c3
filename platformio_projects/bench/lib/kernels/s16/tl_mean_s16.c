/* int16: means over positions. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_fixed_point.h"
#include "tl_quantised_s16.h"

void tl_mean_s16(const tl_mean_s8_t *shape, const int16_t *in, int16_t *out) {
  const int size = shape->positions * shape->channels;
  for (int channel = 0; channel < shape->channels; ++channel) {
    int32_t sum = 0;
    for (int i = channel; i < size; i += shape->channels) sum += in[i];
    const int32_t steps = tl_multiplied(sum, shape->mantissa, shape->shift);
    out[channel] = (int16_t)tl_clamped_int(steps, INT16_MIN, INT16_MAX);
  }
}
