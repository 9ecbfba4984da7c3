/* int8: convolutions. Shapes and layouts: tl_quantised.h. */
#include "tl_arithmetic.h"
#include "tl_fixed_point.h"
#include "tl_quantised.h"

static inline int32_t products(const int8_t *in, const int8_t *weights, int count, int input_zero,
                               int weight_zero, int32_t sum) {
  for (int i = 0; i < count; ++i) sum += (in[i] - input_zero) * (weights[i] - weight_zero);
  return sum;
}

/* Functions of their own, so that all of their variables are in registers. */
__attribute__((noinline)) static int32_t symmetric(const int8_t *in, const int8_t *weights,
                                                   int count, int input_zero, int32_t sum) {
  return products(in, weights, count, input_zero, 0, sum);
}

__attribute__((noinline)) static int32_t asymmetric(const int8_t *in, const int8_t *weights,
                                                    int count, int input_zero, int weight_zero,
                                                    int32_t sum) {
  return products(in, weights, count, input_zero, weight_zero, sum);
}

/* One output channel at the window whose first element would be (top, left). */
static inline int32_t filtered(const tl_conv_s8_t *shape, int weight_zero, int top, int left,
                               const int8_t *in, const int8_t *filter, int32_t sum) {
  const tl_span_t rows = tl_inside(top, shape->kernel_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->kernel_width, shape->in_width);
  const int run = (columns.end - columns.first) * shape->in_channels;
  for (int row = rows.first; row < rows.end; ++row) {
    const int8_t *pixel =
        in + ((top + row) * shape->in_width + left + columns.first) * shape->in_channels;
    const int8_t *weight =
        filter + (row * shape->kernel_width + columns.first) * shape->in_channels;
    sum = weight_zero == 0 ? symmetric(pixel, weight, run, shape->input_zero, sum)
                           : asymmetric(pixel, weight, run, shape->input_zero, weight_zero, sum);
  }
  return sum;
}

static inline void convolve(const tl_conv_s8_t *shape, int weight_zero, const int8_t *in,
                            const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                            const int32_t *shifts, int8_t *out) {
  const int size = shape->kernel_height * shape->kernel_width * shape->in_channels;
  for (int y = 0; y < shape->out_height; ++y) {
    const int top = y * shape->stride_y - shape->pad_top;
    for (int x = 0; x < shape->out_width; ++x) {
      const int left = x * shape->stride_x - shape->pad_left;
      for (int channel = 0; channel < shape->out_channels; ++channel) {
        const int8_t *filter = weights + channel * size;
        const int32_t sum = filtered(shape, weight_zero, top, left, in, filter, bias[channel]);
        const int32_t steps = tl_multiplied(sum, mantissas[channel], shifts[channel]);
        *out++ = (int8_t)tl_clamped_int(steps + shape->output_zero, shape->low, shape->high);
      }
    }
  }
}

void tl_conv_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                int8_t *out) {
  convolve(shape, 0, in, weights, bias, mantissas, shifts, out);
}

void tl_conv_asymmetric_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                           const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                           int8_t *out) {
  convolve(shape, shape->weight_zero, in, weights, bias, mantissas, shifts, out);
}
