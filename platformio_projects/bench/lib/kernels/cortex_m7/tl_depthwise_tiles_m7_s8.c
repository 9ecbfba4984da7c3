/*
 * Depthwise convolutions of int8 tensors on the Cortex-M7: in bands of rows, separates four channels
 * into padded planes of int16, then computes one after another; shapes and layouts: tl_integer_m7.h.
 * Cycles: tl_separate_m7_s8.S for each pixel, tl_depthwise_tile_m7_s8.S for each output.
 */
#include "tl_arithmetic.h"
#include "tl_integer_m7.h"

enum { LANES = 4, TILE_WORDS = 10 };

/* What does not depend on the channels, for a band of `rows` of the input. */
static tl_separate_s8_t part_of(const tl_depthwise_tiles_s8_t *shape, int rows) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int head = conv->pad_left;
  const int width = tl_least(conv->in_width, 2 * shape->row_words - head);
  const int pairs = (width - head) / 2, tail = (width - head) % 2;
  const tl_separate_s8_t part = {
      .rows = rows,
      .pixel_bytes = shape->in_bytes,
      .plane_bytes = shape->plane_words * (int)sizeof(int32_t),
      .head = head,
      .pairs = pairs,
      .tail = tail,
      .padding = (int32_t)((uint32_t)(conv->input_zero & 0xff) * 0x01010101u),
      .in_skipped = shape->in_row_bytes - width * shape->in_bytes,
      .plane_skipped = (shape->row_words - head - pairs - tail) * (int)sizeof(int32_t),
  };
  return part;
}

/* The padding of all planes: where there are pixels, each of the channels replaces it. */
static void fill(int32_t *planes, int words, int zero) {
  const int32_t two = (int32_t)(((uint32_t)zero << 16) | (uint16_t)zero);
  for (int i = 0; i < words; ++i) planes[i] = two;
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
        rows,
        conv->out_width / LANES,
        conv->out_width % LANES,
        row_bytes,
        conv->stride_y * row_bytes - taken,
        shape->out_bytes,
        shape->out_row_bytes,
    };
    const int top = y * conv->stride_y - conv->pad_top;
    const int needed = (rows - 1) * conv->stride_y + conv->kernel_height;
    const tl_span_t inside = tl_inside(top, needed, conv->in_height);
    const tl_separate_s8_t part = part_of(shape, inside.end - inside.first);
    const int8_t *given = in + (top + inside.first) * shape->in_row_bytes;
    fill(scratch, LANES * shape->plane_words, conv->input_zero);
    for (int channel = 0; channel < channels; channel += LANES) {
      if (part.rows > 0)
        tl_separate_m7_s8(&part, given + channel, scratch + inside.first * shape->row_words);
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
