/* The part of a convolution's window that lies inside the input, and its sums of products. */
#ifndef TL_CONV_PATCH_H
#define TL_CONV_PATCH_H

#include "tl_arithmetic.h"
#include "tl_kernels.h"

typedef struct {
  const float *in; /* first element inside */
  int rows;
  int run;         /* neighbouring elements in a row: columns x channels */
  int in_stride;   /* elements from row to row, in the input */
  int skip;        /* elements of a filter before the first one used */
  int weight_stride;
} tl_conv_patch_t;

/* The patch of output position (y, x). */
static inline tl_conv_patch_t tl_conv_patch(const tl_conv_t *shape, const float *in, int y,
                                            int x) {
  const int top = y * shape->stride_y - shape->pad_top;
  const int left = x * shape->stride_x - shape->pad_left;
  const tl_span_t rows = tl_inside(top, shape->kernel_height, shape->in_height);
  const tl_span_t columns = tl_inside(left, shape->kernel_width, shape->in_width);
  const int channels = shape->in_channels;
  const tl_conv_patch_t patch = {
      .in = in + ((top + rows.first) * shape->in_width + left + columns.first) * channels,
      .rows = rows.end - rows.first,
      .run = (columns.end - columns.first) * channels,
      .in_stride = shape->in_width * channels,
      .skip = (rows.first * shape->kernel_width + columns.first) * channels,
      .weight_stride = shape->kernel_width * channels,
  };
  return patch;
}

/* Four output channels; `filters` are interleaved. */
static inline tl_four_t tl_patch_four(const tl_conv_patch_t *patch, tl_four_t sum,
                                      const float *filters) {
  const float *in = patch->in;
  filters += 4 * patch->skip;
  for (int row = 0; row < patch->rows; ++row) {
    sum = tl_dot_four(sum, in, filters, patch->run);
    in += patch->in_stride;
    filters += 4 * patch->weight_stride;
  }
  return sum;
}

static inline float tl_patch_one(const tl_conv_patch_t *patch, float sum, const float *filter) {
  const float *in = patch->in;
  filter += patch->skip;
  for (int row = 0; row < patch->rows; ++row) {
    sum = tl_dot_one(sum, in, filter, patch->run);
    in += patch->in_stride;
    filter += patch->weight_stride;
  }
  return sum;
}

static inline int tl_filter_size(const tl_conv_t *shape) {
  return shape->kernel_height * shape->kernel_width * shape->in_channels;
}

#endif
