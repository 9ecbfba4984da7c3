/* Floats: convolutions, max pooled, in tiles of a core. Shapes and layouts: tl_tiles.h. */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_invalid.h"
#include "tl_tiles.h"

/* Up to four channels of one pooled row. */
typedef struct {
  const tl_conv_pool_tiles_t *shape;
  tl_conv_row_t row;
  float *sums; /* [width of the convolution][4] */
} tl_pooling_t;

typedef float tl_larger_t(float a, float b);

static float larger_number(float a, float b) { return b > a ? b : a; }

static inline tl_four_t larger_four(tl_larger_t *larger, tl_four_t a, tl_four_t b) {
  const tl_four_t four = {larger(a.a, b.a), larger(a.b, b.b), larger(a.c, b.c), larger(a.d, b.d)};
  return four;
}

/* out = max(out, the windows' part of a row of the convolution); notes what is not a number. */
static inline void raise_by(tl_larger_t *larger, const tl_pooling_t *pooling, float *out) {
  const tl_conv_max_pool_t *pool = &pooling->shape->pool;
  const int channels = pooling->row.channels;
  const float low = pool->conv.low;
  for (int x = 0; x < pool->out_width; ++x) {
    const int left = x * pool->pool_stride_x - pool->pool_pad_left;
    const tl_span_t columns = tl_inside(left, pool->pool_width, pool->conv.out_width);
    const float *sum = pooling->sums + (left + columns.first) * TL_TILE;
    tl_four_t most = {low, low, low, low};
    for (int column = columns.first; column < columns.end; ++column) {
      const tl_four_t four = tl_load_four(sum);
      tl_note_numbers(four.a, four.b);
      tl_note_numbers(four.c, four.d);
      most = larger_four(larger, most, four);
      sum += TL_TILE;
    }
    if (channels == TL_TILE) {
      most = larger_four(larger, tl_load_four(out), most);
      tl_store_four(most, out);
    } else {
      const float four[] = {most.a, most.b, most.c};
      for (int channel = 0; channel < channels; ++channel)
        out[channel] = larger(out[channel], four[channel]);
    }
    out += pool->conv.out_channels;
  }
}

static void raise_to_row(const tl_pooling_t *pooling, float *out) {
  raise_by(larger_number, pooling, out);
}

static void raise_exactly(const tl_pooling_t *pooling, float *out) {
  raise_by(tl_larger, pooling, out);
}

typedef void tl_raise_t(const tl_pooling_t *pooling, float *out);

/* Clamping is monotonic, so the maximum of clamped values equals the clamped maximum. */
static void fill(const tl_pooling_t *pooling, float *out) {
  const tl_conv_max_pool_t *pool = &pooling->shape->pool;
  for (int x = 0; x < pool->out_width; ++x) {
    for (int channel = 0; channel < pooling->row.channels; ++channel)
      out[channel] = pool->conv.low;
    out += pool->conv.out_channels;
  }
}

static void limit(const tl_pooling_t *pooling, float *out) {
  const tl_conv_max_pool_t *pool = &pooling->shape->pool;
  for (int x = 0; x < pool->out_width; ++x) {
    for (int channel = 0; channel < pooling->row.channels; ++channel)
      out[channel] = out[channel] > pool->conv.high ? pool->conv.high : out[channel];
    out += pool->conv.out_channels;
  }
}

static void pooled_row(tl_pooling_t *pooling, tl_raise_t *raise, int y, const float *in,
                       const float *weights, const float *bias, float *out) {
  const tl_conv_max_pool_t *pool = &pooling->shape->pool;
  const int top = y * pool->pool_stride_y - pool->pool_pad_top;
  const tl_span_t rows = tl_inside(top, pool->pool_height, pool->conv.out_height);
  const int step = TL_TILE * (int)sizeof(float);
  fill(pooling, out);
  for (int row = rows.first; row < rows.end; ++row) {
    tl_conv_row(&pooling->row, top + row, in, weights, bias, pooling->sums, step);
    raise(pooling, out);
  }
  if (pool->conv.high < INFINITY) limit(pooling, out);
}

/* Up to four channels of the rows [y, end); `out`: of the first row. */
static void pooled_rows(tl_pooling_t *pooling, tl_raise_t *raise, int y, int end, const float *in,
                        const float *weights, const float *bias, float *out) {
  const tl_conv_max_pool_t *pool = &pooling->shape->pool;
  for (; y < end; ++y) {
    pooled_row(pooling, raise, y, in, weights, bias, out);
    out += pool->out_width * pool->conv.out_channels;
  }
}

void tl_conv_pool_tiles_f32(const tl_conv_pool_tiles_t *shape, const float *in,
                            const float *weights, const float *bias, float *sums, float *out) {
  const tl_conv_max_pool_t *pool = &shape->pool;
  const tl_conv_t *conv = &pool->conv;
  const int channels = conv->out_channels;
  const int filter = conv->kernel_height * conv->kernel_width * conv->in_channels;
  tl_pooling_t pooling = {.shape = shape, .sums = sums};
  tl_conv_row_begin(&pooling.row, conv, shape->tiles);
  pooling.row.run.low = -INFINITY;
  pooling.row.run.high = INFINITY;
  for (int y = 0; y < pool->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, pool->out_height);
    for (int channel = 0; channel < channels; channel += TL_TILE) {
      pooling.row.channels = tl_least(TL_TILE, channels - channel);
      const float *weight = weights + channel * filter;
      float *first = out + y * pool->out_width * channels + channel;
      pooled_rows(&pooling, raise_to_row, y, end, in, weight, bias + channel, first);
      if (!tl_invalid_noted()) continue;
      pooled_rows(&pooling, raise_exactly, y, end, in, weight, bias + channel, first);
      tl_invalid_noted(); /* again, by the same values */
    }
  }
}
