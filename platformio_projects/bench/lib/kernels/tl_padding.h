/* Padding of elements of one type, which the including file defines as `element_t`. */
#ifndef TL_PADDING_H
#define TL_PADDING_H

#include "tl_kernels.h"

static element_t *filled(element_t *out, int count, element_t value) {
  for (int i = 0; i < count; ++i) *out++ = value;
  return out;
}

static inline void padded(const tl_pad_t *shape, element_t value, const element_t *in,
                          element_t *out) {
  const int row = shape->in_width * shape->channels;
  const int before = shape->pad_left * shape->channels;
  const int after = shape->out_width * shape->channels - before - row;
  const int below = shape->out_height - shape->pad_top - shape->in_height;
  out = filled(out, shape->pad_top * shape->out_width * shape->channels, value);
  for (int y = 0; y < shape->in_height; ++y) {
    out = filled(out, before, value);
    for (int i = 0; i < row; ++i) *out++ = *in++;
    out = filled(out, after, value);
  }
  filled(out, below * shape->out_width * shape->channels, value);
}

#endif
