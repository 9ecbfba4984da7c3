/* Floats: bilinear resizing. Shapes and layouts: tl_kernels.h. */
#include "tl_kernels.h"

void tl_bilinear_f32(const tl_resize_t *shape, const float *in, const int32_t *rows,
                     const float *row_fractions, const int32_t *columns,
                     const float *column_fractions, float *out) {
  const int channels = shape->channels;
  for (int y = 0; y < shape->out_height; ++y) {
    const float *upper = in + rows[2 * y] * shape->in_width * channels;
    const float *lower = in + rows[2 * y + 1] * shape->in_width * channels;
    const float down = row_fractions[y];
    for (int x = 0; x < shape->out_width; ++x) {
      const int left = columns[2 * x] * channels, right = columns[2 * x + 1] * channels;
      const float across = column_fractions[x];
      for (int i = 0; i < channels; ++i)
        *out++ = upper[left + i] * (1.0f - down) * (1.0f - across) +
                 lower[left + i] * down * (1.0f - across) +
                 upper[right + i] * (1.0f - down) * across + lower[right + i] * down * across;
    }
  }
}
