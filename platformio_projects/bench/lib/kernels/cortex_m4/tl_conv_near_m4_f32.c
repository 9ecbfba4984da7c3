#include "tl_arithmetic.h"
#include "tl_windows_m4.h"

/* Four channels, or the last ones, of the rows [y, end). */
static void conv_channels(tl_conv_row_t *row, int y, int end, int channel, const float *in,
                          const float *near_weights, const float *bias, float *out) {
  const tl_conv_t *conv = row->conv;
  const int channels = conv->out_channels;
  row->channels = tl_least(TL_TILE, channels - channel);
  for (; y < end; ++y)
    tl_conv_row(row, y, in, near_weights, bias + channel,
                out + y * conv->out_width * channels + channel, channels * (int)sizeof(float));
}

void tl_conv_near_m4_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                         const float *bias, float *scratch, float *out) {
  const tl_conv_t *conv = &shape->conv;
  const int filter = conv->kernel_height * conv->kernel_width * conv->in_channels;
  tl_conv_row_t row;
  tl_conv_row_begin(&row, conv, shape->tiles);
  for (int y = 0; y < conv->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, conv->out_height);
    /* The last channels first: they may write over the first ones of the next position. */
    int channel = (conv->out_channels - 1) / TL_TILE * TL_TILE;
    for (; channel >= 0; channel -= TL_TILE) {
      tl_copy_words_m4(scratch, weights + channel * filter, filter * TL_TILE);
      conv_channels(&row, y, end, channel, in, scratch, bias, out);
    }
  }
}
