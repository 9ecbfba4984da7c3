/*
 * Convolutions of int8 tensors on the Cortex-M4 and M33, two positions at a time; shapes and layouts:
 * tl_quantised_m4.h. Cycles: tl_conv_pairs_m4_s8.S; windows at the border are copied before.
 */
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

static const int8_t *pixel(const tl_conv_s8_t *conv, corner_t at, const int8_t *in) {
  return in + (at.top * conv->in_width + at.left) * conv->in_channels;
}

/* Loops that are not replaced by calls of the library, whose functions do bytes in small systems. */
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

static inline int8_t *filled(int value, int count, int8_t *to) {
  for (; count > 0; --count) {
    *to++ = (int8_t)value;
    __asm__ volatile("");
  }
  return to;
}

/* A window with its padding. */
static void copy_window(const tl_conv_s8_t *conv, corner_t at, const int8_t *in, int8_t *to) {
  const int zero = conv->input_zero, depth = conv->in_channels;
  const tl_span_t columns = tl_inside(at.left, conv->kernel_width, conv->in_width);
  for (int row = 0; row < conv->kernel_height; ++row) {
    const corner_t first = {at.top + row, at.left + columns.first};
    if (first.top < 0 || first.top >= conv->in_height) {
      to = filled(zero, conv->kernel_width * depth, to);
      continue;
    }
    to = filled(zero, columns.first * depth, to);
    to = copied(pixel(conv, first, in), (columns.end - columns.first) * depth, to);
    to = filled(zero, (conv->kernel_width - columns.end) * depth, to);
  }
}

/* How many pairs from `first` on are inside and in its row. */
static int pairs_inside(const tl_conv_s8_t *conv, int first, corner_t at) {
  const int left_in_row = conv->out_width - first % conv->out_width;
  const int steps = (conv->in_width - conv->kernel_width - at.left) / conv->stride_x + 1;
  return (steps < left_in_row ? steps : left_in_row) / 2;
}

/* Sets the windows of as many pairs from `first` on as possible; `stage`: for two windows. */
static void set_windows(const tl_conv_s8_t *conv, int first, int second, const int8_t *in,
                        int8_t *stage, tl_pairs_s8_t *job) {
  const corner_t one = corner_of(conv, first), other = corner_of(conv, second);
  job->pairs = 1;
  if (is_inside(conv, one) && is_inside(conv, other)) {
    const int pairs = pairs_inside(conv, first, one);
    if (pairs > 1) job->pairs = pairs;
    job->in = pixel(conv, one, in);
    job->second = (int)(pixel(conv, other, in) - job->in);
    job->pitch = conv->in_width * conv->in_channels;
    return;
  }
  job->in = stage;
  job->pitch = conv->kernel_width * conv->in_channels;
  job->second = conv->kernel_height * job->pitch;
  copy_window(conv, one, in, stage);
  copy_window(conv, other, in, stage + job->second);
}

/* The output channels of `job`, `count` of which exist, at all positions. */
static void convolve(const tl_patch_conv_s8_t *shape, const int8_t *in, int count, int8_t *stage,
                     int8_t *rest, tl_pairs_s8_t *job, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->out_channels, positions = conv->out_height * conv->out_width;
  for (int first = 0; first < positions; first += 2 * job->pairs) {
    const int second = first + 1 < positions ? first + 1 : first;
    int8_t *const one = out + first * channels;
    const int apart = (second - first) * channels;
    set_windows(conv, first, second, in, stage, job);
    job->out = one;
    job->out_second = apart;
    if (count % 4) {
      job->pairs = 1;
      job->out = rest;
      job->out_second = 4 * job->blocks;
    }
    shape->compute(job);
    if (count % 4) {
      memcpy(one, rest, (size_t)count);
      memcpy(one + apart, rest + job->out_second, (size_t)count);
    }
  }
}

void tl_patch_conv_s8(const tl_patch_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                      void *scratch, int8_t *out) {
  const tl_conv_s8_t *conv = &shape->conv;
  const int channels = conv->out_channels;
  const int run = conv->kernel_width * conv->in_channels;
  const int block = 16 + shape->depth; /* words of the stream */
  const int slice = shape->slice ? shape->slice : shape->blocks;
  int32_t *hot = (int32_t *)scratch + shape->depth;
  int8_t *rest = (int8_t *)(hot + shape->slice * block);
  int8_t *stage = rest + (channels % 4 ? 8 * slice : 0);
  tl_pairs_s8_t job = {
      .patch = scratch,
      .depth = shape->depth,
      .rows = conv->kernel_height,
      .words = run / 4,
      .rest = run % 4,
      .step = 2 * conv->stride_x * conv->in_channels,
      .out_step = 2 * channels,
  };
  for (int done = 0; done < shape->blocks; done += slice, stream += slice * block) {
    const int left = channels - done * 4;
    job.blocks = shape->blocks - done < slice ? shape->blocks - done : slice;
    job.stream = stream;
    if (shape->slice) {
      tl_copy_words_m4(hot, stream, job.blocks * block);
      job.stream = hot;
    }
    convolve(shape, in, left < 4 * job.blocks ? left : 4 * job.blocks, stage, rest, &job,
             out + done * 4);
  }
  tl_narrow_s8(conv->out_height * conv->out_width * channels, conv->low, conv->high, out);
}
