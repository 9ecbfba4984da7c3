#include "tl_kernels.h"

void tl_resize_nearest_f32(const tl_resize_t *shape, const float *in, const int32_t *rows,
                           const int32_t *columns, float *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    const float *line = in + rows[y] * shape->in_width * shape->channels;
    for (int x = 0; x < shape->out_width; ++x) {
      const float *pixel = line + columns[x] * shape->channels;
      for (int channel = 0; channel < shape->channels; ++channel) *out++ = pixel[channel];
    }
  }
}

static float between(float first, float second, float part) {
  return first + (second - first) * part;
}

void tl_resize_bilinear_f32(const tl_resize_t *shape, const float *in, const int32_t *rows,
                            const float *down, const int32_t *columns, const float *right,
                            float *out) {
  const int channels = shape->channels;
  for (int y = 0; y < shape->out_height; ++y) {
    const float *above = in + rows[2 * y] * shape->in_width * channels;
    const float *below = in + rows[2 * y + 1] * shape->in_width * channels;
    for (int x = 0; x < shape->out_width; ++x) {
      const int first = columns[2 * x] * channels;
      const int second = columns[2 * x + 1] * channels;
      for (int channel = 0; channel < channels; ++channel) {
        const float upper = between(above[first + channel], above[second + channel], right[x]);
        const float lower = between(below[first + channel], below[second + channel], right[x]);
        *out++ = between(upper, lower, down[y]);
      }
    }
  }
}
