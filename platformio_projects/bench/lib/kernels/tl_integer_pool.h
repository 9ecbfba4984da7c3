/* Pooling of quantised elements of one type. The including file defines `element_t`, its LEAST value,
   and `total_t`, the type of their sums. */
#ifndef TL_INTEGER_POOL_H
#define TL_INTEGER_POOL_H

#include "tl_arithmetic.h"
#include "tl_fixed_point.h"
#include "tl_quantised.h"

/* Part of a plane of one channel. */
typedef struct {
  const element_t *in; /* first element inside, channel 0 */
  int rows;
  int columns;
  int row_stride; /* elements from row to row */
} window_t;

static window_t window_at(const tl_pool_s8_t *shape, const element_t *in, int y, int x) {
  const int top = y * shape->stride_y - shape->pad_top;
  const int left = x * shape->stride_x - shape->pad_left;
  const tl_span_t rows = tl_inside(top, shape->pool_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->pool_width, shape->in_width);
  const int row_stride = shape->in_width * shape->channels;
  const window_t window = {
      .in = in + (top + rows.first) * row_stride + (left + columns.first) * shape->channels,
      .rows = rows.end - rows.first,
      .columns = columns.end - columns.first,
      .row_stride = row_stride,
  };
  return window;
}

typedef int32_t pooled_t(const window_t *window, int channels, const element_t *in);

static int32_t greatest(const window_t *window, int channels, const element_t *in) {
  int32_t most = LEAST;
  for (int row = 0; row < window->rows; ++row, in += window->row_stride)
    for (int column = 0; column < window->columns; ++column)
      if (in[column * channels] > most) most = in[column * channels];
  return most;
}

static int32_t mean(const window_t *window, int channels, const element_t *in) {
  const int32_t count = window->rows * window->columns;
  total_t sum = 0;
  for (int row = 0; row < window->rows; ++row, in += window->row_stride)
    for (int column = 0; column < window->columns; ++column) sum += in[column * channels];
  return (int32_t)(sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count);
}

static inline void pool(const tl_pool_s8_t *shape, pooled_t *of, const element_t *in,
                        element_t *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      const window_t window = window_at(shape, in, y, x);
      for (int channel = 0; channel < shape->channels; ++channel) {
        const int32_t steps = of(&window, shape->channels, window.in + channel);
        *out++ = (element_t)tl_clamped_int(steps, shape->low, shape->high);
      }
    }
  }
}

#endif
