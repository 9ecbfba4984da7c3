/*
 * Floats: a row of positions of a convolution, in tiles of a core. Shapes and layouts:
 * tl_tiles.h.
 */
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_tiles.h"

enum { BYTES = (int)sizeof(float) };

void tl_conv_row_begin(tl_conv_row_t *row, const tl_conv_t *conv, tl_conv_tile_t *const *tiles) {
  const int reach = conv->in_width + conv->pad_left - conv->kernel_width;
  row->conv = conv;
  row->tiles = tiles;
  row->widest = TL_TILE;
  row->depth = conv->in_channels;
  row->channels = TL_TILE;
  row->begin = 0;
  row->end = conv->out_width;
  row->first = tl_least(conv->out_width, (conv->pad_left + conv->stride_x - 1) / conv->stride_x);
  row->last = reach < 0 ? 0 : tl_least(conv->out_width, reach / conv->stride_x + 1);
  row->last = tl_most(row->first, row->last);
  row->run.step = conv->stride_x * conv->in_channels * BYTES;
  row->run.low = conv->low;
  row->run.high = conv->high;
}

static void tiles(tl_conv_row_t *row, int count) {
  const int widest = row->widest;
  if (count >= widest) { /* a border has one position, without the time of a division */
    const int whole = count / widest;
    row->run.tiles = whole;
    row->tiles[widest - 1](&row->run);
    count -= whole * widest;
  }
  row->run.tiles = 1;
  if (count > 0) row->tiles[count - 1](&row->run);
}

/* Behind its channels may be something else. */
static void last_position(tl_conv_row_t *row) {
  float four[TL_TILE];
  float *out = row->run.out;
  row->run.out = four;
  tiles(row, 1);
  memcpy(out, four, (size_t)row->channels * sizeof(float));
}

/* `count` positions from `x` on, of windows with these columns. */
static void positions(tl_conv_row_t *row, int x, int count, tl_span_t columns, const float *in,
                      const float *weights) {
  const tl_conv_t *conv = row->conv;
  const int channels = conv->in_channels;
  const int width = columns.end - columns.first;
  const int filters = row->depth * TL_TILE;
  tl_conv_run_t *run = &row->run;
  run->in = in + (x * conv->stride_x - conv->pad_left + columns.first) * channels;
  run->weights = weights + columns.first * filters;
  run->length = width * row->depth;
  run->skip = (conv->in_width - width) * channels * BYTES;
  run->weight_skip = (conv->kernel_width - width) * filters * BYTES;
  const int alone = row->channels < TL_TILE && x + count == row->end;
  tiles(row, count - alone);
  if (alone) last_position(row);
}

static void at_border(tl_conv_row_t *row, int x, int end, const float *in, const float *weights) {
  const tl_conv_t *conv = row->conv;
  for (; x < end; ++x) {
    const int left = x * conv->stride_x - conv->pad_left;
    positions(row, x, 1, tl_inside(left, conv->kernel_width, conv->in_width), in, weights);
  }
}

void tl_conv_row(tl_conv_row_t *row, int y, const float *in, const float *weights,
                 const float *bias, float *out, int out_step) {
  const tl_conv_t *conv = row->conv;
  const int top = y * conv->stride_y - conv->pad_top;
  const tl_span_t rows = tl_inside(top, conv->kernel_height, conv->in_height);
  const tl_span_t all = {0, conv->kernel_width};
  in += (top + rows.first) * conv->in_width * conv->in_channels;
  weights += rows.first * conv->kernel_width * row->depth * TL_TILE;
  row->run.rows = rows.end - rows.first;
  row->run.bias = bias;
  row->run.out = out;
  row->run.out_step = out_step;
  const int first = tl_most(row->begin, tl_least(row->first, row->end));
  const int last = tl_most(first, tl_least(row->last, row->end));
  at_border(row, row->begin, first, in, weights);
  if (last > first) positions(row, first, last - first, all, in, weights);
  at_border(row, last, row->end, in, weights);
}

void tl_conv_channels(tl_conv_row_t *row, int y, int end, int channel, const float *in,
                      const float *weights, const float *bias, float *out) {
  const tl_conv_t *conv = row->conv;
  const int channels = conv->out_channels;
  row->channels = tl_least(TL_TILE, channels - channel);
  for (; y < end; ++y)
    tl_conv_row(row, y, in, weights, bias + channel,
                out + (y * conv->out_width + row->begin) * channels + channel,
                channels * BYTES);
}
