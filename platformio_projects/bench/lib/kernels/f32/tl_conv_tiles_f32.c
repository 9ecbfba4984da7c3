/* Floats: convolutions in tiles of a core. Shapes and layouts: tl_tiles.h. */
#include "tl_arithmetic.h"
#include "tl_tiles.h"

static void conv_rows(tl_conv_row_t *row, int y, int end, const float *in, const float *weights,
                      const float *bias, float *out) {
  const tl_conv_t *conv = row->conv;
  const int channels = conv->out_channels;
  const int filter = conv->kernel_height * conv->kernel_width * conv->in_channels;
  const int whole = channels - channels % TL_TILE;
  if (whole < channels)
    tl_conv_channels(row, y, end, whole, in, weights + whole * filter, bias, out);
  for (int channel = 0; channel < whole; channel += TL_TILE)
    tl_conv_channels(row, y, end, channel, in, weights + channel * filter, bias, out);
}

void tl_conv_tiles_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                       const float *bias, float *out) {
  const tl_conv_t *conv = &shape->conv;
  tl_conv_row_t row;
  tl_conv_row_begin(&row, conv, shape->tiles);
  for (int y = 0; y < conv->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, conv->out_height);
    for (int x = 0; x < conv->out_width; x += shape->columns) {
      row.begin = x;
      row.end = tl_least(x + shape->columns, conv->out_width);
      conv_rows(&row, y, end, in, weights, bias, out);
    }
  }
}
