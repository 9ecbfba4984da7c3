/*
 * Convolutions of int8 tensors on the Cortex-M7: gathers the windows of several positions as int16,
 * then computes all output channels of them in tiles.
 */
#include <stdbool.h>

#include "tl_arithmetic.h"
#include "tl_integer_m7.h"

enum { PAIR = 2 };

/* Words of one position are two words apart: those of the pair's other position are between. */
static inline int32_t *filled(int32_t *patch, int words, int32_t value) {
  for (int i = 0; i < words; ++i, patch += 2 * PAIR) patch[0] = patch[PAIR] = value;
  return patch;
}

/* int8 elements 0 to 3 as int16: 0 and 2, then 1 and 3. */
static inline int32_t *widened(int32_t *patch, int words, const int8_t *in) {
  for (int i = 0; i < words; ++i, patch += 2 * PAIR, in += 4) {
    int32_t four, even, odd;
    __builtin_memcpy(&four, in, sizeof(four));
    __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(four));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(four));
    patch[0] = even;
    patch[PAIR] = odd;
  }
  return patch;
}

/* The window whose first element would be (top, left), four channels at a time. */
static inline void gather_words(const tl_conv_s8_t *conv, int top, int left, const int8_t *in,
                                int32_t *patch) {
  const int words = conv->in_channels / 4;
  const int32_t zero = (int32_t)(((uint32_t)conv->input_zero << 16) | (conv->input_zero & 0xffff));
  const tl_span_t columns = tl_inside(left, conv->kernel_width, conv->in_width);
  const int before = columns.first * words;
  const int inside = (columns.end - columns.first) * words;
  const int after = conv->kernel_width * words - before - inside;
  const int8_t *given = in + (top * conv->in_width + left + columns.first) * conv->in_channels;
  for (int row = 0; row < conv->kernel_height; ++row) {
    if (top + row < 0 || top + row >= conv->in_height) {
      patch = filled(patch, conv->kernel_width * words, zero);
    } else {
      patch = filled(patch, before, zero);
      patch = widened(patch, inside, given);
      patch = filled(patch, after, zero);
    }
    given += conv->in_width * conv->in_channels;
  }
}

/* The same, element by element: `at` counts them. */
static inline void gather_elements(const tl_conv_s8_t *conv, int top, int left, const int8_t *in,
                                   int16_t *patch) {
  const tl_span_t columns = tl_inside(left, conv->kernel_width, conv->in_width);
  const int first = columns.first * conv->in_channels, end = columns.end * conv->in_channels;
  int at = 0;
  for (int row = 0; row < conv->kernel_height; ++row) {
    const int y = top + row;
    const bool inside = y >= 0 && y < conv->in_height;
    const int8_t *given = in + (y * conv->in_width + left) * conv->in_channels;
    for (int i = 0; i < conv->kernel_width * conv->in_channels; ++i, ++at) {
      const int element = inside && i >= first && i < end ? given[i] : conv->input_zero;
      patch[(at / 2) * 2 * PAIR + at % 2] = (int16_t)element;
    }
  }
}

static void gather(const tl_conv_tiles_s8_t *shape, int position, const int8_t *in,
                   int32_t *patch) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int y = position / conv->out_width, x = position - y * conv->out_width;
  const int top = y * conv->stride_y - conv->pad_top;
  const int left = x * conv->stride_x - conv->pad_left;
  if (conv->in_channels % 4 == 0)
    gather_words(conv, top, left, in, patch);
  else
    gather_elements(conv, top, left, in, (int16_t *)patch);
}

void tl_conv_tiles_m7_s8(const tl_conv_tiles_s8_t *shape, const int8_t *in, const int32_t *weights,
                         int32_t *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->out_channels;
  const int total = conv->out_height * conv->out_width;
  tl_conv_tile_s8_t tile = {shape->steps, channels / 4, 0, channels, PAIR * channels};
  for (int first = 0; first < total; first += shape->positions) {
    const int count = tl_least(shape->positions, total - first);
    for (int i = 0; i < count; ++i)
      gather(shape, first + i, in, scratch + (i / PAIR) * PAIR * shape->steps + i % PAIR);
    tile.pairs = count / PAIR;
    if (tile.pairs > 0) tl_conv_tile_m7_s8(&tile, weights, scratch, out);
    if (count % PAIR != 0) {
      const tl_conv_tile_s8_t last = {shape->steps, channels / 4, 1, 0, 0};
      const int done = count - 1;
      tl_conv_tile_m7_s8(&last, weights, scratch + done * shape->steps, out + done * channels);
    }
    if (conv->low > INT8_MIN || conv->high < INT8_MAX)
      tl_clamp_s8(count * channels, conv->low, conv->high, out, out);
    out += count * channels;
  }
}
