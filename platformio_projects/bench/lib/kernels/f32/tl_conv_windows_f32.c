/*
 * Floats: convolutions of one channel, max pooled, in windows of a core. Shapes and layouts:
 * tl_tiles.h.
 */
#include "tl_arithmetic.h"
#include "tl_tiles.h"

enum { MOST = 16 }; /* elements of a window */

/* The window whose first element is at (top, left) of the input, with zeros around the input. */
static void take(const tl_conv_t *conv, int top, int left, const float *in, float *window) {
  for (int y = top; y <= top + conv->kernel_height; ++y) {
    const int inside = y >= 0 && y < conv->in_height;
    for (int x = left; x <= left + conv->kernel_width; ++x)
      *window++ = inside && x >= 0 && x < conv->in_width ? in[y * conv->in_width + x] : 0.0F;
  }
}

/* The same as shape->compute, for sums of which some are not numbers. */
static void slowly(const tl_conv_windows_t *shape, const float *window, const float *weights,
                   float *out) {
  const tl_conv_t *conv = &shape->pool.conv;
  const int size = conv->kernel_width;
  const int taps = size * size;
  for (int channel = 0; channel < conv->out_channels; ++channel) {
    const float *pair = weights + channel / 2 * 2 * (taps + 1) + channel % 2;
    float most = conv->low;
    for (int position = 0; position < 4; ++position) {
      const float *in = window + position / 2 * (size + 1) + position % 2;
      float sum = pair[2 * taps];
      for (int tap = 0; tap < taps; ++tap)
        sum += in[tap / size * (size + 1) + tap % size] * pair[2 * tap];
      most = tl_larger(most, sum);
    }
    out[channel] = most > conv->high ? conv->high : most;
  }
}

void tl_conv_windows_f32(const tl_conv_windows_t *shape, const float *in, const float *weights,
                         float *out) {
  const tl_conv_max_pool_t *pool = &shape->pool;
  const tl_conv_t *conv = &pool->conv;
  const float limits[] = {conv->low, conv->high};
  float window[MOST];
  for (int y = 0; y < pool->out_height; ++y) {
    for (int x = 0; x < pool->out_width; ++x) {
      const int top = y * pool->pool_stride_y - conv->pad_top;
      const int left = x * pool->pool_stride_x - conv->pad_left;
      take(conv, top, left, in, window);
      if (shape->compute(window, weights, out, conv->out_channels, limits))
        slowly(shape, window, weights, out);
      out += conv->out_channels;
    }
  }
}
