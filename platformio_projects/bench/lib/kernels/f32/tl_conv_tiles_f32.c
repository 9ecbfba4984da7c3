#include "tl_arithmetic.h"
#include "tl_tiles.h"

/* Four channels, or the last ones, of the rows [y, end). */
static void conv_channels(tl_conv_row_t *row, int y, int end, int channel, const float *in,
                          const float *weights, const float *bias, float *out) {
  const tl_conv_t *conv = row->conv;
  const int channels = conv->out_channels;
  const int filter = conv->kernel_height * conv->kernel_width * conv->in_channels;
  row->channels = tl_least(TL_TILE, channels - channel);
  for (; y < end; ++y)
    tl_conv_row(row, y, in, weights + channel * filter, bias + channel,
                out + y * conv->out_width * channels + channel, channels * (int)sizeof(float));
}

void tl_conv_tiles_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                       const float *bias, float *out) {
  const tl_conv_t *conv = &shape->conv;
  const int whole = conv->out_channels - conv->out_channels % TL_TILE;
  tl_conv_row_t row;
  tl_conv_row_begin(&row, conv, shape->tiles);
  for (int y = 0; y < conv->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, conv->out_height);
    if (whole < conv->out_channels) conv_channels(&row, y, end, whole, in, weights, bias, out);
    for (int channel = 0; channel < whole; channel += TL_TILE)
      conv_channels(&row, y, end, channel, in, weights, bias, out);
  }
}
