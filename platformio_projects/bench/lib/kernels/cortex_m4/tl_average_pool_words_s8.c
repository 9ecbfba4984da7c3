/*
 * Averages of int8 elements, four channels at a time: about 6 cycles for four elements on the
 * Cortex-M4 and M33. Shapes and layouts: tl_quantised.h.
 */
#include "tl_arithmetic.h"
#include "tl_quantised_m4.h"

/* Rounded to nearest, halves away from zero. */
static inline int8_t average(const tl_pool_s8_t *shape, int32_t sum, int32_t count) {
  const int32_t steps = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
  return (int8_t)tl_clamped_int(steps, shape->low, shape->high);
}

/* Four channels; sums have 16 bits. */
static inline void pool(const tl_pool_s8_t *shape, int rows, int columns, const int8_t *in,
                        int8_t *out) {
  const int channels = shape->channels, next = (shape->in_width - columns) * channels;
  uint32_t even = 0, odd = 0;
  for (int row = 0; row < rows; ++row, in += next)
    for (int column = 0; column < columns; ++column, in += channels) {
      const uint32_t word = tl_four_bytes(in);
      even = tl_sums_of_halves(even, tl_even_bytes(word));
      odd = tl_sums_of_halves(odd, tl_odd_bytes(word));
    }
  out[0] = average(shape, (int16_t)even, rows * columns);
  out[1] = average(shape, (int16_t)odd, rows * columns);
  out[2] = average(shape, (int16_t)(even >> 16), rows * columns);
  out[3] = average(shape, (int16_t)(odd >> 16), rows * columns);
}

void tl_average_pool_words_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out) {
  for (int y = 0; y < shape->out_height; ++y) {
    const int top = y * shape->stride_y - shape->pad_top;
    const tl_span_t rows = tl_inside(top, shape->pool_height, shape->in_height);
    for (int x = 0; x < shape->out_width; ++x, out += shape->channels) {
      const int left = x * shape->stride_x - shape->pad_left;
      const tl_span_t columns = tl_inside(left, shape->pool_width, shape->in_width);
      const int first = (top + rows.first) * shape->in_width + left + columns.first;
      for (int channel = 0; channel < shape->channels; channel += 4)
        pool(shape, rows.end - rows.first, columns.end - columns.first,
             in + first * shape->channels + channel, out + channel);
    }
  }
}
