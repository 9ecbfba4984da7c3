/*
 * Depthwise convolutions of int8 tensors by 3 x 3 on the Cortex-M4 and M33: rows as lines of channels,
 * of which three are filtered; shapes and layouts: tl_quantised_m4.h. Cycles: tl_expand_row_m4_s8.S for
 * each row of the input, tl_depthwise_row_m4_s8.S for each of the output.
 */
#include "tl_quantised_m4.h"

static void expand_row(const tl_depthwise_lines_s8_t *shape, const int8_t *in, int y, int16_t *to) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int line = shape->lines.line;
  if (y < 0 || y >= conv->in_height) {
    for (int i = 0; i < conv->in_channels * line; ++i) to[i] = (int16_t)conv->input_zero;
    return;
  }
  shape->expand(in + y * conv->in_width * conv->in_channels, to, &shape->lines);
}

void tl_depthwise_lines_s8(const tl_depthwise_lines_s8_t *shape, const int8_t *in,
                           const int32_t *stream, void *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int size = shape->lines.channels * shape->lines.line;
  const int count = conv->out_width * conv->out_channels;
  int16_t *slots[3] = {scratch, (int16_t *)scratch + size, (int16_t *)scratch + 2 * size};
  if (shape->hot) {
    int32_t *hot = (int32_t *)(void *)((int16_t *)scratch + 3 * size);
    tl_copy_words(10 * conv->out_channels, stream, hot);
    stream = hot;
  }
  int next = -conv->pad_top; /* the row to expand next, into slots[0] */
  for (int y = 0; y < conv->out_height; ++y, out += count) {
    const int top = y * conv->stride_y - conv->pad_top;
    if (next < top) next = top;
    for (; next < top + 3; ++next) {
      int16_t *const slot = slots[0];
      expand_row(shape, in, next, slot);
      slots[0] = slots[1];
      slots[1] = slots[2];
      slots[2] = slot;
    }
    shape->compute(stream, (const int16_t *const *)slots, out, &shape->lines);
    tl_narrow_s8(count, conv->low, conv->high, out);
  }
}
