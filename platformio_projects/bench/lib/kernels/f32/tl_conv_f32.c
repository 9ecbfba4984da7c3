/* Floats: convolutions. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_conv_patch.h"
#include "tl_kernels.h"

static void conv_position(const tl_conv_t *shape, const tl_conv_patch_t *patch,
                          const float *weights, const float *bias, float *out) {
  const int channels = shape->out_channels;
  const int filter = tl_filter_size(shape);
  int channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    const tl_four_t sum = tl_patch_four(patch, tl_load_four(bias + channel), weights);
    tl_store_four_clamped(sum, shape->low, shape->high, out + channel);
    weights += 4 * filter;
  }
  for (; channel < channels; ++channel) {
    const float sum = tl_patch_one(patch, bias[channel], weights);
    out[channel] = tl_clamped(sum, shape->low, shape->high);
    weights += filter;
  }
}

void tl_conv_f32(const tl_conv_t *shape, const float *in, const float *weights,
                 const float *bias, float *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      const tl_conv_patch_t patch = tl_conv_patch(shape, in, y, x);
      conv_position(shape, &patch, weights, bias, out);
      out += shape->out_channels;
    }
  }
}
