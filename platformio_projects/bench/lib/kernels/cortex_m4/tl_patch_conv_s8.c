#include "tl_arithmetic.h"
#include "tl_quantised_m4.h"

/* Where an output position's window begins. */
typedef struct {
  int top;
  int left;
} corner_t;

static corner_t corner_of(const tl_conv_s8_t *conv, int position) {
  const int y = position / conv->out_width;
  const int x = position - y * conv->out_width;
  const corner_t corner = {y * conv->stride_y - conv->pad_top, x * conv->stride_x - conv->pad_left};
  return corner;
}

static int is_inside(const tl_conv_s8_t *conv, corner_t corner) {
  return corner.top >= 0 && corner.left >= 0 &&
         corner.top + conv->kernel_height <= conv->in_height &&
         corner.left + conv->kernel_width <= conv->in_width;
}

/* Of every four bytes two words, each with a word of the other position behind it. */
static uint32_t *expanded(const int8_t *from, int words, uint32_t *to) {
  for (; words > 0; --words, from += 4, to += 4) {
    const uint32_t word = tl_four_bytes(from);
    to[0] = tl_even_bytes(word);
    to[2] = tl_odd_bytes(word);
  }
  return to;
}

static uint32_t *expanded_both(const int8_t *first, const int8_t *second, int words, uint32_t *to) {
  for (; words > 0; --words, first += 4, second += 4, to += 4) {
    const uint32_t one = tl_four_bytes(first), other = tl_four_bytes(second);
    to[0] = tl_even_bytes(one);
    to[1] = tl_even_bytes(other);
    to[2] = tl_odd_bytes(one);
    to[3] = tl_odd_bytes(other);
  }
  return to;
}

static uint32_t *filled(uint32_t value, int words, uint32_t *to) {
  for (; words > 0; --words, to += 4) to[0] = to[2] = value;
  return to;
}

/* The patch of a position whose pixels are whole words. */
static void fill_words(const tl_conv_s8_t *conv, corner_t at, const int8_t *in, uint32_t *patch) {
  const int pixel = conv->in_channels / 4;
  const uint32_t zero = (uint32_t)(uint16_t)conv->input_zero * 0x10001u;
  const tl_span_t columns = tl_inside(at.left, conv->kernel_width, conv->in_width);
  for (int row = 0; row < conv->kernel_height; ++row) {
    const int y = at.top + row;
    if (y < 0 || y >= conv->in_height) {
      patch = filled(zero, conv->kernel_width * pixel, patch);
      continue;
    }
    const int8_t *from = in + (y * conv->in_width + at.left + columns.first) * conv->in_channels;
    patch = filled(zero, columns.first * pixel, patch);
    patch = expanded(from, (columns.end - columns.first) * pixel, patch);
    patch = filled(zero, (conv->kernel_width - columns.end) * pixel, patch);
  }
}

static inline int8_t *copied(const int8_t *from, int count, int8_t *to) {
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    memcpy(to, from, 4);
    __asm__ volatile("");
  }
  for (; count > 0; --count) {
    *to++ = *from++;
    __asm__ volatile("");
  }
  return to;
}

static inline int8_t *set(int value, int count, int8_t *to) {
  for (; count > 0; --count) {
    *to++ = (int8_t)value;
    __asm__ volatile("");
  }
  return to;
}

/* The bytes of a window that is inside. */
static int8_t *window_bytes(const tl_conv_s8_t *conv, corner_t at, const int8_t *in, int8_t *to) {
  const int line = conv->in_width * conv->in_channels, run = conv->kernel_width * conv->in_channels;
  const int8_t *from = in + at.top * line + at.left * conv->in_channels;
  for (int row = 0; row < conv->kernel_height; ++row, from += line) to = copied(from, run, to);
  return to;
}

/* The same for other pixels, by way of `stage`. */
static void fill_bytes(const tl_patch_conv_s8_t *shape, corner_t at, const int8_t *in,
                       int8_t *stage, uint32_t *patch) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int zero = conv->input_zero, pixel = conv->in_channels;
  const tl_span_t columns = tl_inside(at.left, conv->kernel_width, conv->in_width);
  const int inside = is_inside(conv, at);
  int8_t *to = inside ? window_bytes(conv, at, in, stage) : stage;
  for (int row = 0; row < conv->kernel_height && !inside; ++row) {
    const int y = at.top + row;
    if (y < 0 || y >= conv->in_height) {
      to = set(zero, conv->kernel_width * pixel, to);
      continue;
    }
    const int8_t *from = in + (y * conv->in_width + at.left + columns.first) * pixel;
    to = set(zero, columns.first * pixel, to);
    to = copied(from, (columns.end - columns.first) * pixel, to);
    to = set(zero, (conv->kernel_width - columns.end) * pixel, to);
  }
  set(0, (int)(stage + shape->depth - to), to);
  expanded(stage, shape->depth / 4, patch);
}

/* The patches of two positions, which may be one. */
static void fill(const tl_patch_conv_s8_t *shape, int first, int second, const int8_t *in,
                 int8_t *stage, uint32_t *patch) {
  const tl_conv_s8_t *conv = &shape->conv;
  const corner_t one = corner_of(conv, first), other = corner_of(conv, second);
  if (conv->in_channels % 4) {
    fill_bytes(shape, one, in, stage, patch);
    fill_bytes(shape, other, in, stage, patch + 1);
  } else if (is_inside(conv, one) && is_inside(conv, other)) {
    const int line = conv->in_width * conv->in_channels;
    const int8_t *left = in + one.top * line + one.left * conv->in_channels;
    const int8_t *right = in + other.top * line + other.left * conv->in_channels;
    for (int row = 0; row < conv->kernel_height; ++row, left += line, right += line)
      patch = expanded_both(left, right, conv->kernel_width * conv->in_channels / 4, patch);
  } else {
    fill_words(conv, one, in, patch);
    fill_words(conv, other, in, patch + 1);
  }
}

void tl_patch_conv_s8(const tl_patch_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                      void *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->out_channels, positions = conv->out_height * conv->out_width;
  const int block = 16 + shape->depth; /* words of the stream */
  const int slice = shape->slice ? shape->slice : shape->blocks;
  uint32_t *patch = scratch;
  int32_t *hot = (int32_t *)(patch + shape->depth);
  int8_t *stage = (int8_t *)(hot + shape->slice * block);
  int8_t *rest = stage + (conv->in_channels % 4 ? shape->depth : 0);
  for (int done = 0; done < shape->blocks; done += slice, stream += slice * block) {
    const int blocks = shape->blocks - done < slice ? shape->blocks - done : slice;
    const int end = (done + blocks) * 4 < channels ? (done + blocks) * 4 : channels;
    const int count = end - done * 4;
    const int32_t *weights = stream;
    if (shape->slice) {
      tl_copy_words(blocks * block, stream, hot);
      weights = hot;
    }
    const int pairs = shape->pointwise ? positions / 2 : 0;
    if (pairs)
      shape->pointwise(weights, patch, in, out + done * 4, pairs, shape->depth, blocks, channels);
    for (int first = 2 * pairs; first < positions; first += 2) {
      const int second = first + 1 < positions ? first + 1 : first;
      int8_t *const one = out + first * channels + done * 4;
      int8_t *const other = out + second * channels + done * 4;
      fill(shape, first, second, in, stage, patch);
      if (count % 4) {
        shape->compute(weights, patch, rest, rest + blocks * 4, shape->depth, blocks);
        memcpy(one, rest, (size_t)count);
        memcpy(other, rest + blocks * 4, (size_t)count);
      } else {
        shape->compute(weights, patch, one, other, shape->depth, blocks);
      }
    }
  }
  tl_narrow_s8(positions * channels, conv->low, conv->high, out);
}
