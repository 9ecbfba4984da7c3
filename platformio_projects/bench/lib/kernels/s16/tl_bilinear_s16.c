/* int16: bilinear resizing. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_quantised_s16.h"

enum { ONE = 1 << 10 };

void tl_bilinear_s16(const tl_resize_t *shape, const int16_t *in, const int32_t *rows,
                     const int32_t *row_fractions, const int32_t *columns,
                     const int32_t *column_fractions, int16_t *out) {
  const int channels = shape->channels;
  for (int y = 0; y < shape->out_height; ++y) {
    const int16_t *upper = in + rows[2 * y] * shape->in_width * channels;
    const int16_t *lower = in + rows[2 * y + 1] * shape->in_width * channels;
    const int64_t down = row_fractions[y];
    for (int x = 0; x < shape->out_width; ++x) {
      const int left = columns[2 * x] * channels, right = columns[2 * x + 1] * channels;
      const int64_t across = column_fractions[x];
      for (int i = 0; i < channels; ++i) {
        const int64_t sum = upper[left + i] * (ONE - down) * (ONE - across) +
                            lower[left + i] * down * (ONE - across) +
                            upper[right + i] * (ONE - down) * across +
                            lower[right + i] * down * across;
        const int64_t half = sum > 0 ? ONE * ONE / 2 : -(ONE * ONE / 2);
        *out++ = (int16_t)((sum + half) / (ONE * ONE));
      }
    }
  }
}
