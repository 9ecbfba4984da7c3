/* int16: convolutions. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_arithmetic.h"
#include "tl_quantised_s16.h"
#include "tl_sums_s16.h"

/* One output channel at the window whose first element would be (top, left). */
static inline int64_t filtered(const tl_general_conv_t *geometry, int top, int left,
                               const int16_t *in, const int8_t *filter, int64_t sum) {
  const tl_span_t rows = tl_inside(top, geometry->kernel_height, geometry->in_height);
  const tl_span_t columns = tl_inside(left, geometry->kernel_width, geometry->in_width);
  const int channels = geometry->in_channels, run = (columns.end - columns.first) * channels;
  for (int row = rows.first; row < rows.end; ++row) {
    const int pixel = (top + row) * geometry->in_width + left + columns.first;
    const int weight = row * geometry->kernel_width + columns.first;
    sum = tl_dot_s16(sum, in + pixel * channels, filter + weight * channels, run);
  }
  return sum;
}

void tl_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                 const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                 int16_t *out) {
  const tl_general_conv_t *geometry = &shape->geometry;
  const int size = geometry->kernel_height * geometry->kernel_width * geometry->in_channels;
  for (int y = 0; y < geometry->out_height; ++y) {
    const int top = y * geometry->stride_y - geometry->pad_top;
    for (int x = 0; x < geometry->out_width; ++x) {
      const int left = x * geometry->stride_x - geometry->pad_left;
      for (int i = 0; i < geometry->out_channels; ++i) {
        const int8_t *filter = weights + i * size;
        const int64_t sum = filtered(geometry, top, left, in, filter, tl_long_at(bias, i));
        const int32_t steps = tl_scaled_s16(sum, mantissas[i], shifts[i], shape->narrow);
        *out++ = (int16_t)tl_clamped_int(steps, shape->low, shape->high);
      }
    }
  }
}
