/* int8: convolutions in groups, with dilation, transposed. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_general_conv.h"
#include "tl_quantised.h"

static inline int32_t filtered(const tl_general_conv_s8_t *shape, tl_source_t *source, int y, int x,
                               int channel, const int8_t *in, const int8_t *weights, int32_t sum) {
  const tl_general_conv_t *geometry = &shape->geometry;
  const int depth = geometry->in_channels / geometry->groups;
  const int group = channel / (geometry->out_channels / geometry->groups);
  const int8_t *weight =
      weights + channel * geometry->kernel_height * geometry->kernel_width * depth;
  for (int row = 0; row < geometry->kernel_height; ++row)
    for (int column = 0; column < geometry->kernel_width; ++column, weight += depth) {
      tl_place_t at;
      if (!source(geometry, y, x, row, column, &at)) continue;
      const int pixel = at.y * geometry->in_width + at.x;
      const int8_t *given = in + pixel * geometry->in_channels + group * depth;
      for (int i = 0; i < depth; ++i)
        sum += (given[i] - shape->input_zero) * (weight[i] - shape->weight_zero);
    }
  return sum;
}

static inline void convolve(const tl_general_conv_s8_t *shape, tl_source_t *source,
                            const int8_t *in, const int8_t *weights, const int32_t *bias,
                            const int32_t *mantissas, const int32_t *shifts, int8_t *out) {
  const tl_general_conv_t *geometry = &shape->geometry;
  for (int y = 0; y < geometry->out_height; ++y)
    for (int x = 0; x < geometry->out_width; ++x)
      for (int channel = 0; channel < geometry->out_channels; ++channel) {
        const int32_t sum = filtered(shape, source, y, x, channel, in, weights, bias[channel]);
        const int32_t steps = tl_multiplied(sum, mantissas[channel], shifts[channel]);
        *out++ = (int8_t)tl_clamped_int(steps + shape->output_zero, shape->low, shape->high);
      }
}

void tl_general_conv_s8(const tl_general_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                        const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                        int8_t *out) {
  convolve(shape, tl_conv_source, in, weights, bias, mantissas, shifts, out);
}

void tl_transpose_conv_s8(const tl_general_conv_s8_t *shape, const int8_t *in,
                          const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                          const int32_t *shifts, int8_t *out) {
  convolve(shape, tl_transpose_conv_source, in, weights, bias, mantissas, shifts, out);
}
