/*
 * int16: convolutions in groups, with dilation, transposed. Shapes and layouts:
 * tl_quantised_s16.h.
 */
#include "tl_general_conv.h"
#include "tl_quantised_s16.h"
#include "tl_sums_s16.h"

static inline int64_t filtered(const tl_general_conv_t *geometry, tl_source_t *source, int y, int x,
                               int channel, const int16_t *in, const int8_t *weights,
                               int64_t sum) {
  const int depth = geometry->in_channels / geometry->groups;
  const int group = channel / (geometry->out_channels / geometry->groups);
  const int8_t *weight =
      weights + channel * geometry->kernel_height * geometry->kernel_width * depth;
  for (int row = 0; row < geometry->kernel_height; ++row)
    for (int column = 0; column < geometry->kernel_width; ++column, weight += depth) {
      tl_place_t at;
      if (!source(geometry, y, x, row, column, &at)) continue;
      const int pixel = at.y * geometry->in_width + at.x;
      sum = tl_dot_s16(sum, in + pixel * geometry->in_channels + group * depth, weight, depth);
    }
  return sum;
}

static inline void convolve(const tl_conv_s16_t *shape, tl_source_t *source, const int16_t *in,
                            const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                            const int32_t *shifts, int16_t *out) {
  const tl_general_conv_t *geometry = &shape->geometry;
  for (int y = 0; y < geometry->out_height; ++y)
    for (int x = 0; x < geometry->out_width; ++x)
      for (int i = 0; i < geometry->out_channels; ++i) {
        const int64_t sum =
            filtered(geometry, source, y, x, i, in, weights, tl_long_at(bias, i));
        const int32_t steps = tl_scaled_s16(sum, mantissas[i], shifts[i], shape->narrow);
        *out++ = (int16_t)tl_clamped_int(steps, shape->low, shape->high);
      }
}

void tl_general_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                         const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                         int16_t *out) {
  convolve(shape, tl_conv_source, in, weights, bias, mantissas, shifts, out);
}

void tl_transpose_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                           const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                           int16_t *out) {
  convolve(shape, tl_transpose_conv_source, in, weights, bias, mantissas, shifts, out);
}
