/* Floats: depthwise convolutions. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* One channel in one window; adjacent elements of a channel are `channels` elements apart. */
static float filtered(const tl_depthwise_conv_t *shape, tl_span_t rows, tl_span_t columns,
                      const float *in, const float *filter, float sum) {
  const int channels = shape->channels;
  for (int row = rows.first; row < rows.end; ++row) {
    const float *pixel = in + (row * shape->in_width + columns.first) * channels;
    const float *weights = filter + row * shape->kernel_width;
    for (int column = columns.first; column < columns.end; ++column) {
      sum += *pixel * weights[column];
      pixel += channels;
    }
  }
  return sum;
}

static void depthwise_position(const tl_depthwise_conv_t *shape, int y, int x, const float *in,
                               const float *weights, const float *bias, float *out) {
  const int top = y * shape->stride_y - shape->pad_top;
  const int left = x * shape->stride_x - shape->pad_left;
  const tl_span_t rows = tl_inside(top, shape->kernel_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->kernel_width, shape->in_width);
  const float *window = in + (top * shape->in_width + left) * shape->channels;
  for (int channel = 0; channel < shape->channels; ++channel) {
    for (int copy = 0; copy < shape->multiplier; ++copy) {
      const float sum = filtered(shape, rows, columns, window + channel, weights, *bias++);
      *out++ = tl_clamped(sum, shape->low, shape->high);
      weights += shape->kernel_height * shape->kernel_width;
    }
  }
}

void tl_depthwise_conv_f32(const tl_depthwise_conv_t *shape, const float *in,
                           const float *weights, const float *bias, float *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      depthwise_position(shape, y, x, in, weights, bias, out);
      out += shape->channels * shape->multiplier;
    }
  }
}
