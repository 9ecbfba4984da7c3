/*
 * Convolutions of int8 tensors on the Cortex-M7: gathers the windows of several positions as int16,
 * then computes all output channels of them in tiles.
 */
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_integer_m7.h"
#include "tl_widen_m7.h"

enum { PAIR = 2, FOUR = 4 };

/* Words of one position are two words apart: those of the pair's other position are between. */
static inline int32_t *filled(int32_t *patch, int words, int32_t value) {
  for (int i = 0; i < words; ++i, patch += PAIR) *patch = value;
  return patch;
}

/* A row of a window with padding before and after it. `row` has room for it. */
static inline int32_t *widened_between(int32_t *patch, int before, int inside, int after, int zero,
                                       const int8_t *in, int8_t *row) {
  memset(row, zero, (size_t)before);
  memcpy(row + before, in, (size_t)inside);
  memset(row + before + inside, zero, (size_t)after);
  return tl_widened(patch, before + inside + after, PAIR, row);
}

/* The window whose first element would be (top, left). */
static inline void gather(const tl_conv_tiles_s8_t *shape, int top, int left, const int8_t *in,
                          int32_t *patch, int8_t *row) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int zero = conv->input_zero;
  const int32_t zeros = (int32_t)(((uint32_t)zero << 16) | (uint16_t)zero);
  const tl_span_t columns = tl_inside(left, conv->kernel_width, conv->in_width);
  const int whole = conv->kernel_width * conv->in_channels;
  const int before = columns.first * conv->in_channels;
  const int inside = tl_most(columns.end * conv->in_channels - before, 0);
  const int8_t *given = in + (top * conv->in_width + left + columns.first) * conv->in_channels;
  for (int y = top; y < top + conv->kernel_height; ++y) {
    if (y < 0 || y >= conv->in_height || inside == 0)
      patch = filled(patch, shape->row_steps, zeros);
    else if (inside == whole)
      patch = tl_widened(patch, whole, PAIR, given);
    else
      patch = widened_between(patch, before, inside, whole - before - inside, zero, given, row);
    given += conv->in_width * conv->in_channels;
  }
}

/* Two successive pixels, whose channels are a multiple of four. */
static inline int32_t *gather_pixels(int channels, const int8_t *in, int32_t *patch) {
  for (int i = 0; i < channels; i += FOUR, patch += 2 * PAIR) {
    const int32_t first = tl_four_elements(in + i), second = tl_four_elements(in + channels + i);
    patch[0] = tl_even_bytes(first);
    patch[1] = tl_even_bytes(second);
    patch[2] = tl_odd_bytes(first);
    patch[3] = tl_odd_bytes(second);
  }
  return patch;
}

typedef struct {
  int y;
  int x;
} place_t;

/* The windows of `count` positions from `at`, which moves on. */
static void gather_all(const tl_conv_tiles_s8_t *shape, int count, const int8_t *in,
                       int32_t *scratch, place_t *at) {
  const tl_conv_s8_t *conv = &shape->conv;
  int8_t *row = (int8_t *)(scratch + shape->positions * shape->steps + PAIR);
  for (int i = 0; i < count; ++i) {
    const int top = at->y * conv->stride_y - conv->pad_top;
    const int left = at->x * conv->stride_x - conv->pad_left;
    gather(shape, top, left, in, scratch + (i / PAIR) * PAIR * shape->steps + i % PAIR, row);
    if (++at->x == conv->out_width) {
      at->x = 0;
      ++at->y;
    }
  }
}

void tl_conv_tiles_m7_s8(const tl_conv_tiles_s8_t *shape, const int8_t *in, const int32_t *weights,
                         int32_t *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->out_channels;
  const int total = conv->out_height * conv->out_width;
  tl_conv_tile_s8_t tile = {shape->steps, channels / FOUR, 0, channels, PAIR * channels};
  place_t at = {0, 0};
  for (int first = 0; first < total; first += shape->positions) {
    const int count = tl_least(shape->positions, total - first);
    if (shape->pixels && count % PAIR == 0) {
      int32_t *patch = scratch;
      for (int i = first; i < first + count; i += PAIR)
        patch = gather_pixels(conv->in_channels, in + i * conv->in_channels, patch);
    } else {
      at.y = first / conv->out_width;
      at.x = first % conv->out_width;
      gather_all(shape, count, in, scratch, &at);
    }
    tile.pairs = count / PAIR;
    if (tile.pairs > 0) tl_conv_tile_m7_s8(&tile, weights, scratch, out);
    if (count % PAIR != 0) {
      const tl_conv_tile_s8_t last = {shape->steps, channels / FOUR, 1, 0, 0};
      const int done = count - 1;
      tl_conv_tile_m7_s8(&last, weights, scratch + done * shape->steps, out + done * channels);
    }
    if (conv->low > INT8_MIN || conv->high < INT8_MAX)
      tl_clamp_s8(count * channels, conv->low, conv->high, out, out);
    out += count * channels;
  }
}
