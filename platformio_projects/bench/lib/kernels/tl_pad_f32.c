#include "tl_arithmetic.h"
#include "tl_kernels.h"

static float *zeros(float *out, int count) {
  for (int i = 0; i < count; ++i) *out++ = 0.0f;
  return out;
}

void tl_pad_f32(const tl_pad_t *shape, const float *in, float *out) {
  const int row = shape->in_width * shape->channels;
  const int before = shape->pad_left * shape->channels;
  const int after = shape->out_width * shape->channels - before - row;
  const int below = shape->out_height - shape->pad_top - shape->in_height;
  out = zeros(out, shape->pad_top * shape->out_width * shape->channels);
  for (int y = 0; y < shape->in_height; ++y) {
    out = zeros(out, before);
    for (int i = 0; i < row; ++i) *out++ = *in++;
    out = zeros(out, after);
  }
  zeros(out, below * shape->out_width * shape->channels);
}
