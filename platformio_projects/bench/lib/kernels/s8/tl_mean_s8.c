/* int8: means over positions. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_quantised.h"

void tl_mean_s8(const tl_mean_s8_t *shape, const int8_t *in, int8_t *out) {
  const int size = shape->positions * shape->channels;
  for (int channel = 0; channel < shape->channels; ++channel) {
    int32_t sum = -shape->positions * shape->input_zero;
    for (int i = channel; i < size; i += shape->channels) sum += in[i];
    const int32_t steps = tl_multiplied(sum, shape->mantissa, shape->shift) + shape->output_zero;
    out[channel] = (int8_t)tl_clamped_int(steps, INT8_MIN, INT8_MAX);
  }
}
