/* Where the elements of a general or transposed convolution come from, along one axis. */
#ifndef TL_GENERAL_CONV_H
#define TL_GENERAL_CONV_H

#include <stdbool.h>

#include "tl_kernels.h"

typedef struct {
  int y;
  int x;
} tl_place_t;

static inline bool tl_is_inside(const tl_general_conv_t *shape, tl_place_t place) {
  return place.y >= 0 && place.y < shape->in_height && place.x >= 0 && place.x < shape->in_width;
}

/* The input position that kernel element (row, column) reads for output position (y, x). */
static inline bool tl_conv_source(const tl_general_conv_t *shape, int y, int x, int row, int column,
                                  tl_place_t *place) {
  place->y = y * shape->stride_y - shape->pad_top + row * shape->dilation_y;
  place->x = x * shape->stride_x - shape->pad_left + column * shape->dilation_x;
  return tl_is_inside(shape, *place);
}

/* The same of a transposed convolution: the one that spreads the element there, if there is one. */
static inline bool tl_transpose_conv_source(const tl_general_conv_t *shape, int y, int x, int row,
                                            int column, tl_place_t *place) {
  const int top = y + shape->pad_top - row, left = x + shape->pad_left - column;
  place->y = top / shape->stride_y;
  place->x = left / shape->stride_x;
  const bool hits = top >= 0 && left >= 0 && top % shape->stride_y == 0 &&
                    left % shape->stride_x == 0;
  return hits && tl_is_inside(shape, *place);
}

typedef bool tl_source_t(const tl_general_conv_t *shape, int y, int x, int row, int column,
                         tl_place_t *place);

#endif
