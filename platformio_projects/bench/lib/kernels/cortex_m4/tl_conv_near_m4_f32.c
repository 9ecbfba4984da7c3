/*
 * Convolutions of floats on the Cortex-M4 and M33 whose filters are copied to memory near the core, four
 * channels at a time; shapes and layouts: tl_tiles.h. Cycles: those of tl_conv_tile_m4_f32.S, whose
 * tiles it calls, and 2.75 for each weight that is copied.
 */
#include "tl_arithmetic.h"
#include "tl_windows_m4.h"

/* The last channels first: they may write over the first ones of the next position. */
static void near_rows(tl_conv_row_t *row, int y, int end, const float *in, const float *weights,
                      const float *bias, float *near_weights, float *out) {
  const tl_conv_t *conv = row->conv;
  const int filter = conv->kernel_height * conv->kernel_width * conv->in_channels;
  int channel = (conv->out_channels - 1) / TL_TILE * TL_TILE;
  for (; channel >= 0; channel -= TL_TILE) {
    tl_copy_words_m4(near_weights, weights + channel * filter, filter * TL_TILE);
    tl_conv_channels(row, y, end, channel, in, near_weights, bias, out);
  }
}

void tl_conv_near_m4_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                         const float *bias, float *scratch, float *out) {
  const tl_conv_t *conv = &shape->conv;
  tl_conv_row_t row;
  tl_conv_row_begin(&row, conv, shape->tiles);
  for (int y = 0; y < conv->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, conv->out_height);
    for (int x = 0; x < conv->out_width; x += shape->columns) {
      row.begin = x;
      row.end = tl_least(x + shape->columns, conv->out_width);
      near_rows(&row, y, end, in, weights, bias, scratch, out);
    }
  }
}
