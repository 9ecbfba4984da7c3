#include "tl_arithmetic.h"
#include "tl_general_conv.h"

static inline float filtered(const tl_general_conv_t *shape, tl_source_t *source, int y, int x,
                             int channel, const float *in, const float *weights, float sum) {
  const int depth = shape->in_channels / shape->groups;
  const int group = channel / (shape->out_channels / shape->groups);
  const float *weight = weights + channel * shape->kernel_height * shape->kernel_width * depth;
  for (int row = 0; row < shape->kernel_height; ++row)
    for (int column = 0; column < shape->kernel_width; ++column, weight += depth) {
      tl_place_t at;
      if (!source(shape, y, x, row, column, &at)) continue;
      const int pixel = at.y * shape->in_width + at.x;
      sum = tl_dot_one(sum, in + pixel * shape->in_channels + group * depth, weight, depth);
    }
  return sum;
}

static inline void convolve(const tl_general_conv_f32_t *shape, tl_source_t *source,
                            const float *in, const float *weights, const float *bias, float *out) {
  const tl_general_conv_t *geometry = &shape->geometry;
  for (int y = 0; y < geometry->out_height; ++y)
    for (int x = 0; x < geometry->out_width; ++x)
      for (int channel = 0; channel < geometry->out_channels; ++channel) {
        const float sum =
            filtered(geometry, source, y, x, channel, in, weights, bias[channel]);
        *out++ = tl_clamped(sum, shape->low, shape->high);
      }
}

void tl_general_conv_f32(const tl_general_conv_f32_t *shape, const float *in, const float *weights,
                         const float *bias, float *out) {
  convolve(shape, tl_conv_source, in, weights, bias, out);
}

void tl_transpose_conv_f32(const tl_general_conv_f32_t *shape, const float *in,
                           const float *weights, const float *bias, float *out) {
  convolve(shape, tl_transpose_conv_source, in, weights, bias, out);
}
