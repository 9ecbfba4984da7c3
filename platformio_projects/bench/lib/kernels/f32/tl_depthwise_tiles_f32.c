/* Floats: depthwise convolutions in tiles of a core. Shapes and layouts: tl_tiles.h. */
#include "tl_arithmetic.h"
#include "tl_tiles.h"

enum { BYTES = (int)sizeof(float), WIDEST = 3 };

/* One channel of what is left over, at one position. */
static float filtered(const tl_conv_t *conv, int y, int x, const float *in, const float *filter,
                      float sum) {
  const int top = y * conv->stride_y - conv->pad_top;
  const int left = x * conv->stride_x - conv->pad_left;
  const tl_span_t rows = tl_inside(top, conv->kernel_height, conv->in_height);
  const tl_span_t columns = tl_inside(left, conv->kernel_width, conv->in_width);
  for (int row = rows.first; row < rows.end; ++row) {
    const float *pixel =
        in + ((top + row) * conv->in_width + left + columns.first) * conv->in_channels;
    const float *weights = filter + row * conv->kernel_width;
    for (int column = columns.first; column < columns.end; ++column) {
      sum += *pixel * weights[column];
      pixel += conv->in_channels;
    }
  }
  return tl_clamped(sum, conv->low, conv->high);
}

void tl_depthwise_tiles_f32(const tl_depthwise_tiles_t *shape, const float *in,
                            const float *weights, const float *bias, float *out) {
  const tl_conv_t *conv = &shape->conv;
  const int channels = conv->in_channels;
  const int taps = conv->kernel_height * conv->kernel_width;
  tl_conv_row_t row;
  tl_conv_row_begin(&row, conv, shape->tiles);
  row.widest = WIDEST;
  row.depth = 1;
  row.run.next = channels * BYTES;
  for (int y = 0; y < conv->out_height; ++y) {
    int channel = 0;
    for (; channel + TL_TILE <= channels; channel += TL_TILE)
      tl_conv_row(&row, y, in + channel, weights + channel * taps, bias + channel, out + channel,
                  channels * BYTES);
    for (; channel < channels; ++channel) {
      for (int x = 0; x < conv->out_width; ++x)
        out[x * channels + channel] =
            filtered(conv, y, x, in + channel, weights + channel * taps, bias[channel]);
    }
    out += conv->out_width * channels;
  }
}
