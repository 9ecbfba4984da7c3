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
      shape->compute(window, weights, out, conv->out_channels, limits);
      out += conv->out_channels;
    }
  }
}
