/* Floats: convolutions, max pooled before they are stored. Shapes and layouts: tl_kernels.h. */
#include "tl_arithmetic.h"
#include "tl_conv_patch.h"
#include "tl_kernels.h"

/* out[channel] = max(out[channel], convolution at the patch) */
static void raise_to_position(const tl_conv_t *shape, const tl_conv_patch_t *patch,
                              const float *weights, const float *bias, float *out) {
  const int channels = shape->out_channels;
  const int filter = tl_filter_size(shape);
  int channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    const tl_four_t sum = tl_patch_four(patch, tl_load_four(bias + channel), weights);
    out[channel] = tl_larger(out[channel], sum.a);
    out[channel + 1] = tl_larger(out[channel + 1], sum.b);
    out[channel + 2] = tl_larger(out[channel + 2], sum.c);
    out[channel + 3] = tl_larger(out[channel + 3], sum.d);
    weights += 4 * filter;
  }
  for (; channel < channels; ++channel) {
    const float sum = tl_patch_one(patch, bias[channel], weights);
    out[channel] = tl_larger(out[channel], sum);
    weights += filter;
  }
}

static void pooled_position(const tl_conv_max_pool_t *shape, int y, int x, const float *in,
                            const float *weights, const float *bias, float *out) {
  const tl_conv_t *conv = &shape->conv;
  const int top = y * shape->pool_stride_y - shape->pool_pad_top;
  const int left = x * shape->pool_stride_x - shape->pool_pad_left;
  const tl_span_t rows = tl_inside(top, shape->pool_height, conv->out_height);
  const tl_span_t columns = tl_inside(left, shape->pool_width, conv->out_width);
  /* Clamping is monotonic, so the maximum of clamped values equals the clamped maximum: start
     from the lower bound, limit to the upper one. */
  for (int channel = 0; channel < conv->out_channels; ++channel) out[channel] = conv->low;
  for (int row = rows.first; row < rows.end; ++row) {
    for (int column = columns.first; column < columns.end; ++column) {
      const tl_conv_patch_t patch = tl_conv_patch(conv, in, top + row, left + column);
      raise_to_position(conv, &patch, weights, bias, out);
    }
  }
  for (int channel = 0; channel < conv->out_channels; ++channel)
    out[channel] = out[channel] > conv->high ? conv->high : out[channel];
}

void tl_conv_max_pool_f32(const tl_conv_max_pool_t *shape, const float *in,
                          const float *weights, const float *bias, float *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      pooled_position(shape, y, x, in, weights, bias, out);
      out += shape->conv.out_channels;
    }
  }
}
