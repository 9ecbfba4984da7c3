/* Floats: maxima over windows. Shapes and layouts: tl_kernels.h. */
#include <math.h>

#include "tl_pool_window.h"

static float largest(const tl_pool_window_t *window, int channels, const float *in) {
  float most = -INFINITY;
  for (int row = 0; row < window->rows; ++row) {
    for (int column = 0; column < window->columns; ++column)
      most = tl_larger(most, in[column * channels]);
    in += window->row_stride;
  }
  return most;
}

void tl_max_pool_f32(const tl_pool_t *shape, const float *in, float *out) {
  const int channels = shape->channels;
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      const tl_pool_window_t window = tl_pool_window(shape, in, y, x);
      for (int channel = 0; channel < channels; ++channel)
        *out++ = largest(&window, channels, window.in + channel);
    }
  }
}
