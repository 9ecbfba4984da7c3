/* Floats: transposed convolutions. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_kernels.h"

/* Along one axis, the first element of the kernel that reaches an output position: it is
   multiplied with input `input`, the one `stride` elements later with the input before. */
typedef struct {
  int element;
  int input;
} reach_t;

/* `place`: position in the whole result. */
static reach_t reach_of(int place, int stride, int length) {
  reach_t reach = {place % stride, place / stride};
  if (reach.input >= length) {
    reach.element += (reach.input - length + 1) * stride;
    reach.input = length - 1;
  }
  return reach;
}

static tl_four_t sum_four(const tl_transpose_conv_t *shape, const float *in, reach_t rows,
                          reach_t columns, tl_four_t sum, const float *filters) {
  const int count = shape->in_channels;
  for (; rows.element < shape->kernel_height && rows.input >= 0; --rows.input) {
    reach_t at = columns;
    for (; at.element < shape->kernel_width && at.input >= 0; --at.input) {
      const int tap = rows.element * shape->kernel_width + at.element;
      const float *pixel = in + (rows.input * shape->in_width + at.input) * count;
      sum = tl_dot_four(sum, pixel, filters + 4 * tap * count, count);
      at.element += shape->stride_x;
    }
    rows.element += shape->stride_y;
  }
  return sum;
}

static float sum_one(const tl_transpose_conv_t *shape, const float *in, reach_t rows,
                     reach_t columns, float sum, const float *filter) {
  const int count = shape->in_channels;
  for (; rows.element < shape->kernel_height && rows.input >= 0; --rows.input) {
    reach_t at = columns;
    for (; at.element < shape->kernel_width && at.input >= 0; --at.input) {
      const int tap = rows.element * shape->kernel_width + at.element;
      const float *pixel = in + (rows.input * shape->in_width + at.input) * count;
      sum = tl_dot_one(sum, pixel, filter + tap * count, count);
      at.element += shape->stride_x;
    }
    rows.element += shape->stride_y;
  }
  return sum;
}

static void transposed_position(const tl_transpose_conv_t *shape, const float *in, reach_t rows,
                                reach_t columns, const float *weights, const float *bias,
                                float *out) {
  const int filter = shape->kernel_height * shape->kernel_width * shape->in_channels;
  int channel = 0;
  for (; channel + 4 <= shape->out_channels; channel += 4) {
    const tl_four_t first = tl_load_four(bias + channel);
    const tl_four_t sum = sum_four(shape, in, rows, columns, first, weights);
    tl_store_four_clamped(sum, shape->low, shape->high, out + channel);
    weights += 4 * filter;
  }
  for (; channel < shape->out_channels; ++channel) {
    const float sum = sum_one(shape, in, rows, columns, bias[channel], weights);
    out[channel] = tl_clamped(sum, shape->low, shape->high);
    weights += filter;
  }
}

void tl_transpose_conv_f32(const tl_transpose_conv_t *shape, const float *in,
                           const float *weights, const float *bias, float *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    const reach_t rows = reach_of(y + shape->pad_top, shape->stride_y, shape->in_height);
    for (int x = 0; x < shape->out_width; ++x) {
      const reach_t columns = reach_of(x + shape->pad_left, shape->stride_x, shape->in_width);
      transposed_position(shape, in, rows, columns, weights, bias, out);
      out += shape->out_channels;
    }
  }
}
