#include "tl_quantised_s16.h"

static int16_t *filled(int16_t *out, int count, int value) {
  for (int i = 0; i < count; ++i) *out++ = (int16_t)value;
  return out;
}

void tl_pad_s16(const tl_pad_t *shape, int value, const int16_t *in, int16_t *out) {
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
