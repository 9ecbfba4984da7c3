/*
 * Convolutions of int8 tensors on the Cortex-M7: gathers the windows of several positions as int16,
 * then computes all output channels of them in tiles; shapes and layouts: tl_integer_m7.h. Cycles:
 * tl_gather_m7_s8.S for each window, tl_conv_tile_m7_s8.S for its channels.
 */
#include <stdbool.h>
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

/* Rows of a window that have padding at their sides; `in` is at the first element inside. */
static inline int32_t *narrow_rows(const tl_conv_tiles_s8_t *shape, int rows, tl_span_t columns,
                                   const int8_t *in, int32_t *patch, int8_t *row) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->in_channels;
  const int before = columns.first * channels;
  const int inside = (columns.end - columns.first) * channels;
  const int after = conv->kernel_width * channels - before - inside;
  for (int i = 0; i < rows; ++i, in += conv->in_width * channels)
    patch = widened_between(patch, before, inside, after, conv->input_zero, in, row);
  return patch;
}

/* The window whose first element would be (top, left). */
__attribute__((noinline)) static void gather(const tl_conv_tiles_s8_t *shape, int top, int left, const int8_t *in,
                          int32_t *patch, int8_t *row) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int32_t zeros =
      (int32_t)(((uint32_t)conv->input_zero << 16) | (uint16_t)conv->input_zero);
  const tl_span_t columns = tl_inside(left, conv->kernel_width, conv->in_width);
  const tl_span_t rows = tl_inside(top, conv->kernel_height, conv->in_height);
  const int count = rows.end - rows.first, width = columns.end - columns.first;
  if (count <= 0 || width <= 0) {
    filled(patch, shape->steps, zeros);
    return;
  }
  const int place = (top + rows.first) * conv->in_width + left + columns.first;
  const int8_t *given = in + place * conv->in_channels;
  patch = filled(patch, rows.first * shape->row_steps, zeros);
  if (width == conv->kernel_width) {
    tl_gather_s8_t window = shape->window;
    window.rows = count;
    patch = tl_gather_m7_s8(&window, given, patch);
  } else {
    patch = narrow_rows(shape, count, columns, given, patch, row);
  }
  filled(patch, (conv->kernel_height - rows.end) * shape->row_steps, zeros);
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

static inline bool is_inside(int first, int window, int length) {
  return first >= 0 && first + window <= length;
}

/* The windows of `count` positions from `at`, which moves on. */
static void gather_all(const tl_conv_tiles_s8_t *shape, int count, const int8_t *in,
                       int32_t *scratch, place_t *at) {
  const tl_conv_s8_t *conv = &shape->conv;
  int8_t *row = (int8_t *)(scratch + shape->positions * shape->steps + PAIR);
  for (int i = 0; i < count; ++i) {
    const int top = at->y * conv->stride_y - conv->pad_top;
    const int left = at->x * conv->stride_x - conv->pad_left;
    int32_t *patch = scratch + (i / PAIR) * PAIR * shape->steps + i % PAIR;
    if (is_inside(top, conv->kernel_height, conv->in_height) &&
        is_inside(left, conv->kernel_width, conv->in_width))
      shape->gather(&shape->window, in + (top * conv->in_width + left) * conv->in_channels, patch);
    else
      gather(shape, top, left, in, patch, row);
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
