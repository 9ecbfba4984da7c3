/* A pooling window, clipped to the input. */
#ifndef TL_POOL_WINDOW_H
#define TL_POOL_WINDOW_H

#include "tl_arithmetic.h"
#include "tl_kernels.h"

typedef struct {
  const float *in; /* first element inside, channel 0 */
  int rows;
  int columns;
  int row_stride; /* elements from row to row */
} tl_pool_window_t;

static inline tl_pool_window_t tl_pool_window(const tl_pool_t *shape, const float *in, int y,
                                              int x) {
  const int top = y * shape->stride_y - shape->pad_top;
  const int left = x * shape->stride_x - shape->pad_left;
  const tl_span_t rows = tl_inside(top, shape->pool_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->pool_width, shape->in_width);
  const int row_stride = shape->in_width * shape->channels;
  const tl_pool_window_t window = {
      .in = in + (top + rows.first) * row_stride + (left + columns.first) * shape->channels,
      .rows = rows.end - rows.first,
      .columns = columns.end - columns.first,
      .row_stride = row_stride,
  };
  return window;
}

#endif
