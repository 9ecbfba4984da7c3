/*
 * Depthwise convolutions of int8 tensors on the Cortex-M7: in bands of rows, separates four channels
 * into padded planes of int16, then computes one after another.
 */
#include <stdbool.h>
#include <stddef.h>

#include "tl_arithmetic.h"
#include "tl_integer_m7.h"
#include "tl_widen_m7.h"

enum { LANES = 4, TILE_WORDS = 10 };

/* Four channels of two pixels, as a word for each of the planes. */
static inline void separate(int32_t left, int32_t right, int32_t *plane, int plane_words) {
  const uint32_t even[] = {(uint32_t)tl_even_bytes(left), (uint32_t)tl_even_bytes(right)};
  const uint32_t odd[] = {(uint32_t)tl_odd_bytes(left), (uint32_t)tl_odd_bytes(right)};
  plane[0] = (int32_t)((even[0] & 0xffff) | (even[1] << 16));
  plane[plane_words] = (int32_t)((odd[0] & 0xffff) | (odd[1] << 16));
  plane[2 * plane_words] = (int32_t)((even[0] >> 16) | (even[1] & 0xffff0000));
  plane[3 * plane_words] = (int32_t)((odd[0] >> 16) | (odd[1] & 0xffff0000));
}

/* One row of the planes; `in` is at the input's row, or NULL above and below it. */
static inline void separate_row(const tl_depthwise_tiles_s8_t *shape, const int8_t *in,
                                int32_t *plane) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->in_channels, left = conv->pad_left, words = shape->plane_words;
  const int32_t zero = (int32_t)((uint32_t)(conv->input_zero & 0xff) * 0x01010101u);
  const int first = (left + 1) / 2; /* word whose elements are both inside, and after the last one */
  const int end = tl_most(in ? tl_least((left + conv->in_width) / 2, shape->row_words) : first, first);
  const int8_t *given = in + (2 * first - left) * channels;
  int32_t *inside = plane + first;
  for (int word = first; word < end; ++word, given += 2 * channels)
    separate(tl_four_elements(given), tl_four_elements(given + channels), inside++, words);
  for (int word = first > 0 ? 0 : end; word < shape->row_words; word = word + 1 == first ? end : word + 1) {
    const int x = 2 * word - left;
    const bool one = in && x >= 0 && x < conv->in_width;
    const bool two = in && x + 1 >= 0 && x + 1 < conv->in_width;
    separate(one ? tl_four_elements(in + x * channels) : zero,
             two ? tl_four_elements(in + (x + 1) * channels) : zero, plane + word, words);
  }
}

/* The planes of four channels, from the row of the input that the first row of outputs needs. */
static void separate_band(const tl_depthwise_tiles_s8_t *shape, int top, int rows,
                          const int8_t *in, int32_t *planes) {
  const tl_conv_s8_t *conv = &shape->conv;
  for (int y = top; y < top + rows; ++y, planes += shape->row_words) {
    const bool inside = y >= 0 && y < conv->in_height;
    separate_row(shape, inside ? in + y * conv->in_width * conv->in_channels : NULL, planes);
  }
}

void tl_depthwise_tiles_m7_s8(const tl_depthwise_tiles_s8_t *shape, const int8_t *in,
                              const int32_t *weights, int32_t *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->in_channels;
  const int row_bytes = shape->row_words * (int)sizeof(int32_t);
  const int taken = conv->out_width * conv->stride_x * (int)sizeof(int16_t);
  for (int y = 0; y < conv->out_height; y += shape->rows) {
    const int rows = tl_least(shape->rows, conv->out_height - y);
    const tl_depthwise_tile_s8_t tile = {
        rows,      conv->out_width / LANES,           conv->out_width % LANES,
        row_bytes, conv->stride_y * row_bytes - taken, channels};
    const int top = y * conv->stride_y - conv->pad_top;
    const int needed = (rows - 1) * conv->stride_y + conv->kernel_height;
    for (int channel = 0; channel < channels; channel += LANES) {
      separate_band(shape, top, needed, in + channel, scratch);
      for (int lane = 0; lane < LANES; ++lane)
        shape->compute(&tile, weights + (channel + lane) * TILE_WORDS,
                       (const int16_t *)(scratch + lane * shape->plane_words),
                       out + channel + lane);
    }
    const int made = rows * conv->out_width * channels;
    if (conv->low > INT8_MIN || conv->high < INT8_MAX)
      tl_clamp_s8(made, conv->low, conv->high, out, out);
    out += made;
  }
}
