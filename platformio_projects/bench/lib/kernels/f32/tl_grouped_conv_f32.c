/* Floats: convolutions in groups or with dilation. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* The window of one output position. */
typedef struct {
  const tl_grouped_conv_t *shape;
  const float *in; /* its first element, which may be outside the input */
  tl_span_t rows;
  tl_span_t columns;
} window_t;

static window_t window_at(const tl_grouped_conv_t *shape, const float *in, int y, int x) {
  const tl_conv_t *conv = &shape->conv;
  const int top = y * conv->stride_y - conv->pad_top;
  const int left = x * conv->stride_x - conv->pad_left;
  const window_t window = {
      .shape = shape,
      .in = in + (top * conv->in_width + left) * conv->in_channels,
      .rows = tl_inside_spread(top, conv->kernel_height, conv->in_height, shape->dilation_y),
      .columns = tl_inside_spread(left, conv->kernel_width, conv->in_width, shape->dilation_x),
  };
  return window;
}

static int pixel(const window_t *window, int row, int column) {
  const tl_conv_t *conv = &window->shape->conv;
  const int y = row * window->shape->dilation_y;
  const int x = column * window->shape->dilation_x;
  return (y * conv->in_width + x) * conv->in_channels;
}

static tl_four_t sum_four(const window_t *window, int first, int count, tl_four_t sum,
                          const float *filters) {
  for (int row = window->rows.first; row < window->rows.end; ++row) {
    for (int column = window->columns.first; column < window->columns.end; ++column) {
      const int tap = row * window->shape->conv.kernel_width + column;
      const float *in = window->in + pixel(window, row, column) + first;
      sum = tl_dot_four(sum, in, filters + 4 * tap * count, count);
    }
  }
  return sum;
}

static float sum_one(const window_t *window, int first, int count, float sum,
                     const float *filter) {
  for (int row = window->rows.first; row < window->rows.end; ++row) {
    for (int column = window->columns.first; column < window->columns.end; ++column) {
      const int tap = row * window->shape->conv.kernel_width + column;
      const float *in = window->in + pixel(window, row, column) + first;
      sum = tl_dot_one(sum, in, filter + tap * count, count);
    }
  }
  return sum;
}

static void grouped_position(const window_t *window, const float *weights, const float *bias,
                             float *out) {
  const tl_conv_t *conv = &window->shape->conv;
  const int inputs = conv->in_channels / window->shape->groups;
  const int outputs = conv->out_channels / window->shape->groups;
  const int filter = conv->kernel_height * conv->kernel_width * inputs;
  for (int first = 0; first < conv->in_channels; first += inputs) {
    int channel = 0;
    for (; channel + 4 <= outputs; channel += 4) {
      const tl_four_t sum =
          sum_four(window, first, inputs, tl_load_four(bias + channel), weights);
      tl_store_four_clamped(sum, conv->low, conv->high, out + channel);
      weights += 4 * filter;
    }
    for (; channel < outputs; ++channel) {
      const float sum = sum_one(window, first, inputs, bias[channel], weights);
      out[channel] = tl_clamped(sum, conv->low, conv->high);
      weights += filter;
    }
    bias += outputs;
    out += outputs;
  }
}

void tl_grouped_conv_f32(const tl_grouped_conv_t *shape, const float *in, const float *weights,
                         const float *bias, float *out) {
  for (int y = 0; y < shape->conv.out_height; ++y) {
    for (int x = 0; x < shape->conv.out_width; ++x) {
      const window_t window = window_at(shape, in, y, x);
      grouped_position(&window, weights, bias, out);
      out += shape->conv.out_channels;
    }
  }
}
