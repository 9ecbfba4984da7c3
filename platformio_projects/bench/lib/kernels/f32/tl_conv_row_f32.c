#include <string.h>

#include "tl_arithmetic.h"
#include "tl_tiles.h"

enum { BYTES = (int)sizeof(float) };

void tl_conv_row_begin(tl_conv_row_t *row, const tl_conv_t *conv, tl_conv_tile_t *const *tiles) {
  const int reach = conv->in_width + conv->pad_left - conv->kernel_width;
  row->conv = conv;
  row->tiles = tiles;
  row->first = tl_least(conv->out_width, (conv->pad_left + conv->stride_x - 1) / conv->stride_x);
  row->last = reach < 0 ? 0 : tl_least(conv->out_width, reach / conv->stride_x + 1);
  row->last = tl_most(row->first, row->last);
  row->run.step = conv->stride_x * conv->in_channels * BYTES;
  row->run.low = conv->low;
  row->run.high = conv->high;
}

static void tiles(tl_conv_row_t *row, int count) {
  row->run.tiles = count / TL_TILE;
  if (row->run.tiles > 0) row->tiles[TL_TILE - 1](&row->run);
  row->run.tiles = 1;
  if (count % TL_TILE > 0) row->tiles[count % TL_TILE - 1](&row->run);
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
  tl_conv_run_t *run = &row->run;
  const int length = (columns.end - columns.first) * channels;
  run->in = in + (x * conv->stride_x - conv->pad_left + columns.first) * channels;
  run->weights = weights + columns.first * channels * TL_TILE;
  run->length = length;
  run->skip = (conv->in_width * channels - length) * BYTES;
  run->weight_skip = (conv->kernel_width * channels - length) * TL_TILE * BYTES;
  const int alone = row->channels < TL_TILE && x + count == conv->out_width;
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
  weights += rows.first * conv->kernel_width * conv->in_channels * TL_TILE;
  row->run.rows = rows.end - rows.first;
  row->run.bias = bias;
  row->run.out = out;
  row->run.out_step = out_step;
  at_border(row, 0, row->first, in, weights);
  if (row->last > row->first) positions(row, row->first, row->last - row->first, all, in, weights);
  at_border(row, row->last, conv->out_width, in, weights);
}
