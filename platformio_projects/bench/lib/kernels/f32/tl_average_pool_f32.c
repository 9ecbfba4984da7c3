/* Floats: averages over windows. Shapes and layouts: tl_kernels.h. */
#include "tl_pool_window.h"

static float total(const tl_pool_window_t *window, int channels, const float *in) {
  float sum = 0.0f;
  for (int row = 0; row < window->rows; ++row) {
    for (int column = 0; column < window->columns; ++column) sum += in[column * channels];
    in += window->row_stride;
  }
  return sum;
}

void tl_average_pool_f32(const tl_pool_t *shape, const float *in, float *out) {
  const int channels = shape->channels;
  for (int y = 0; y < shape->out_height; ++y) {
    for (int x = 0; x < shape->out_width; ++x) {
      const tl_pool_window_t window = tl_pool_window(shape, in, y, x);
      const float count = (float)(window.rows * window.columns);
      for (int channel = 0; channel < channels; ++channel)
        *out++ = total(&window, channels, window.in + channel) / count;
    }
  }
}
