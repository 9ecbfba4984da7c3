#include "tl_quantised_m4.h"

static int element(const tl_conv_s8_t *conv, const int8_t *row, int channel, int x) {
  return x < 0 || x >= conv->in_width ? conv->input_zero : row[x * conv->in_channels + channel];
}

/* Lines of four channels; `first` is of the left padding, and even. */
static void expand_four(const tl_conv_s8_t *conv, int line, const int8_t *row, int channel,
                        int16_t *to) {
  const int step = conv->in_channels, left = conv->pad_left;
  const int begin = (left + 1) / 2 * 2 < line ? (left + 1) / 2 * 2 : line;
  int end = (left + conv->in_width) / 2 * 2;
  if (end > line) end = line;
  if (end < begin) end = begin;
  for (int i = 0; i < 4; ++i) {
    for (int x = 0; x < begin; ++x) to[i * line + x] = (int16_t)element(conv, row, channel + i, x - left);
    for (int x = end; x < line; ++x) to[i * line + x] = (int16_t)element(conv, row, channel + i, x - left);
  }
  const int8_t *from = row + (begin - left) * step + channel;
  uint32_t *lines = (uint32_t *)(void *)(to + begin);
  const int words = line / 2;
  for (int pairs = (end - begin) / 2; pairs > 0; --pairs, from += 2 * step, ++lines) {
    const uint32_t one = tl_four_bytes(from), other = tl_four_bytes(from + step);
    const uint32_t even = tl_even_bytes(one), even_other = tl_even_bytes(other);
    const uint32_t odd = tl_odd_bytes(one), odd_other = tl_odd_bytes(other);
    lines[0] = (even & 0xffff) | even_other << 16;
    lines[words] = (odd & 0xffff) | odd_other << 16;
    lines[2 * words] = even >> 16 | (even_other & 0xffff0000);
    lines[3 * words] = odd >> 16 | (odd_other & 0xffff0000);
  }
}

static void expand_row(const tl_depthwise_lines_s8_t *shape, const int8_t *in, int y, int16_t *to) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int line = shape->lines.line;
  if (y < 0 || y >= conv->in_height) {
    for (int i = 0; i < conv->in_channels * line; ++i) to[i] = (int16_t)conv->input_zero;
    return;
  }
  const int8_t *row = in + y * conv->in_width * conv->in_channels;
  for (int channel = 0; channel < conv->in_channels; channel += 4)
    expand_four(conv, line, row, channel, to + channel * line);
}

void tl_depthwise_lines_s8(const tl_depthwise_lines_s8_t *shape, const int8_t *in,
                           const int32_t *stream, void *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int size = shape->lines.channels * shape->lines.line;
  const int count = conv->out_width * conv->out_channels;
  int16_t *slots[3] = {scratch, (int16_t *)scratch + size, (int16_t *)scratch + 2 * size};
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
