/*
 * Depthwise convolutions of int8 tensors by 3 x 3 on the Cortex-M4 and M33: rows as lines of channels,
 * of which three are filtered; shapes and layouts: tl_quantised_m4.h. Cycles:
 * tl_expand_rows_m4_s8.S for each row of the input, tl_depthwise_rows_m4_s8.S for two rows of the output
 * at a stride of 1, tl_depthwise_far_m4_s8.S for one at a stride of 2.
 */
#include "tl_quantised_m4.h"

static int is_inside(const tl_conv_s8_t *conv, int y) { return y >= 0 && y < conv->in_height; }

/* The input's zero as the first or the second row of a slot, or as both. */
static void clear(const tl_depthwise_lines_s8_t *shape, int first, int second, int16_t *slot) {
  const uint32_t zero = (uint16_t)shape->conv.input_zero * UINT32_C(0x10001);
  uint32_t *words = (uint32_t *)(void *)slot;
  const uint32_t *const end = words + shape->lines.channels * shape->lines.line;
  for (int row = first ? 0 : 1; row <= second; ++row) {
    for (uint32_t *to = words + row; to < end; to += 8) { /* there are 4 channels at least */
      to[0] = to[2] = to[4] = to[6] = zero;
    }
  }
}

/* Rows y and y + 1. */
static void expand(const tl_depthwise_lines_s8_t *shape, const int8_t *in, int y, int16_t *slot) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int size = conv->in_width * conv->in_channels;
  const int first = is_inside(conv, y), second = is_inside(conv, y + 1);
  if (first || second) {
    const int8_t *const one = in + (first ? y : y + 1) * size;
    shape->expand(one, first && second ? one + size : one, slot, &shape->lines);
  }
  if (!first || !second) clear(shape, !first, !second, slot);
}

void tl_depthwise_lines_s8(const tl_depthwise_lines_s8_t *shape, const int8_t *in,
                           const int32_t *stream, void *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int size = 2 * shape->lines.channels * shape->lines.line;
  const int count = conv->out_width * conv->out_channels;
  const int rows = 2 / conv->stride_y; /* of outputs at a time */
  int16_t *slots[2] = {scratch, (int16_t *)scratch + size};
  if (shape->hot) {
    int32_t *hot = (int32_t *)(void *)((int16_t *)scratch + 2 * size);
    tl_copy_words_m4(hot, stream, 10 * conv->out_channels);
    stream = hot;
  }
  expand(shape, in, -conv->pad_top, slots[1]);
  for (int y = 0; y < conv->out_height; y += rows, out += rows * count) {
    int16_t *const done = slots[0];
    const int second = rows == 2 && y + 1 < conv->out_height ? count : 0;
    slots[0] = slots[1];
    slots[1] = done;
    expand(shape, in, y * conv->stride_y - conv->pad_top + 2, done);
    shape->compute(stream, (const int16_t *const *)slots, out, second, &shape->lines);
    tl_narrow_s8(second ? 2 * count : count, conv->low, conv->high, out);
  }
}
