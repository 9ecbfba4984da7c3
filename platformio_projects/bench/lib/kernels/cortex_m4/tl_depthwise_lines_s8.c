#include "tl_quantised_m4.h"

/* Two pixels of four channels as a word of each line, `words` apart. */
static inline void expand_pixels(uint32_t one, uint32_t other, int words, uint32_t *lines) {
  const uint32_t even = tl_even_bytes(one), even_other = tl_even_bytes(other);
  const uint32_t odd = tl_odd_bytes(one), odd_other = tl_odd_bytes(other);
  lines[0] = (even & 0xffff) | even_other << 16;
  lines[words] = (odd & 0xffff) | odd_other << 16;
  lines[2 * words] = even >> 16 | (even_other & 0xffff0000);
  lines[3 * words] = odd >> 16 | (odd_other & 0xffff0000);
}

/* Lines of four channels with their padding; `zero` has the input's zero in each byte. */
static void expand_four(const tl_conv_s8_t *conv, int words, const int8_t *row, uint32_t zero,
                        uint32_t *lines) {
  const int step = conv->in_channels, width = conv->in_width;
  int x = -conv->pad_left, done = 0;
  for (; done < words && (x < 0 || x + 1 >= width); ++done, x += 2) {
    const uint32_t one = x >= 0 && x < width ? tl_four_bytes(row + x * step) : zero;
    const uint32_t other = x + 1 >= 0 && x + 1 < width ? tl_four_bytes(row + (x + 1) * step) : zero;
    expand_pixels(one, other, words, lines + done);
  }
  const int8_t *from = row + x * step;
  for (; done < words && x + 1 < width; ++done, x += 2, from += 2 * step)
    expand_pixels(tl_four_bytes(from), tl_four_bytes(from + step), words, lines + done);
  for (; done < words; ++done, x += 2) {
    const uint32_t one = x < width ? tl_four_bytes(row + x * step) : zero;
    expand_pixels(one, zero, words, lines + done);
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
  const uint32_t zero = (uint32_t)(uint8_t)conv->input_zero * 0x01010101u;
  uint32_t *lines = (uint32_t *)(void *)to;
  for (int channel = 0; channel < conv->in_channels; channel += 4, lines += 2 * line)
    expand_four(conv, line / 2, row + channel, zero, lines);
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
