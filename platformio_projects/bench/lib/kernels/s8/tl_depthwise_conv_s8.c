/* int8: depthwise convolutions. Shapes and layouts: tl_quantised.h. */
#include "tl_arithmetic.h"
#include "tl_fixed_point.h"
#include "tl_quantised.h"

/* Output channel `channel` at the window whose first element would be (top, left). A function of its
   own, so that all of its variables are in registers, whichever compiler. */
__attribute__((noinline)) static int32_t filtered(const tl_conv_s8_t *shape, int weight_zero,
                                                  int top, int left, int channel, const int8_t *in,
                                                  const int8_t *weights, int32_t sum) {
  const tl_span_t rows = tl_inside(top, shape->kernel_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->kernel_width, shape->in_width);
  in += channel / shape->multiplier;
  weights += channel;
  for (int row = rows.first; row < rows.end; ++row) {
    for (int column = columns.first; column < columns.end; ++column) {
      const int pixel = (top + row) * shape->in_width + left + column;
      const int weight = row * shape->kernel_width + column;
      sum += (in[pixel * shape->in_channels] - shape->input_zero) *
             (weights[weight * shape->out_channels] - weight_zero);
    }
  }
  return sum;
}

static inline void convolve(const tl_conv_s8_t *shape, int weight_zero, const int8_t *in,
                            const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                            const int32_t *shifts, int8_t *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    const int top = y * shape->stride_y - shape->pad_top;
    for (int x = 0; x < shape->out_width; ++x) {
      const int left = x * shape->stride_x - shape->pad_left;
      for (int channel = 0; channel < shape->out_channels; ++channel) {
        const int32_t sum = filtered(shape, weight_zero, top, left, channel, in, weights, bias[channel]);
        const int32_t steps = tl_multiplied(sum, mantissas[channel], shifts[channel]);
        *out++ = (int8_t)tl_clamped_int(steps + shape->output_zero, shape->low, shape->high);
      }
    }
  }
}

void tl_depthwise_conv_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                          const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                          int8_t *out) {
  convolve(shape, 0, in, weights, bias, mantissas, shifts, out);
}

void tl_depthwise_conv_asymmetric_s8(const tl_conv_s8_t *shape, const int8_t *in,
                                     const int8_t *weights, const int32_t *bias,
                                     const int32_t *mantissas, const int32_t *shifts, int8_t *out) {
  convolve(shape, shape->weight_zero, in, weights, bias, mantissas, shifts, out);
}
