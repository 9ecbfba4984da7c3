/*
 * Convolutions of floats, max pooled by 2 x 2, on the Cortex-M4 and M33; shapes and layouts:
 * tl_windows_m4.h. Cycles: tl_conv_first_m4_f32.S with one input channel, else tl_conv_window_m4_f32.S.
 */
#include "tl_arithmetic.h"
#include "tl_windows_m4.h"

enum { BYTES = (int)sizeof(float), POOL = 2 };

typedef struct {
  const tl_conv_windows_m4_t *shape;
  const tl_conv_t *conv;
  const float *in;
  const float *weights;
  const float *bias;
  float *near_weights; /* of a block */
  float *patch;        /* [height][width][in_channels] of the input, with zeros outside */
  float *out;
  int width;  /* of the part of the input that four windows cover */
  int height;
  int out_width;
  int first; /* the first pooled position of a row whose windows have all columns */
  int last;  /* behind the last of them */
  tl_window_run_t run;
} tl_windows_t;

static int top_of(const tl_conv_t *conv, int y) { return y * POOL * conv->stride_y - conv->pad_top; }

static int left_of(const tl_conv_t *conv, int x) { return x * POOL * conv->stride_x - conv->pad_left; }

static int has_all_rows(const tl_windows_t *self, int y) {
  const int top = top_of(self->conv, y);
  return top >= 0 && top + self->height <= self->conv->in_height;
}

/* From now on windows are in lines of the input, or of the patch, that have `width` columns. */
static void in_lines_of(tl_windows_t *self, int width) {
  const tl_conv_t *conv = self->conv;
  const int line = width * conv->in_channels * BYTES;
  self->run.skip = line - self->run.length * BYTES;
  self->run.below = conv->stride_y * line;
}

static void take_patch(const tl_windows_t *self, int y, int x) {
  const tl_conv_t *conv = self->conv;
  const int top = top_of(conv, y);
  const int left = left_of(conv, x);
  const int channels = conv->in_channels;
  const tl_span_t rows = tl_inside(top, self->height, conv->in_height);
  const tl_span_t columns = tl_inside(left, self->width, conv->in_width);
  const int line = self->width * channels;
  for (int i = 0; i < self->height * line; ++i) self->patch[i] = 0.0F;
  for (int row = rows.first; row < rows.end; ++row)
    tl_copy_words_m4(self->patch + row * line + columns.first * channels,
                     self->in + ((top + row) * conv->in_width + left + columns.first) * channels,
                     (columns.end - columns.first) * channels);
}

/* All channels of a pooled position whose windows are not all inside the input. */
static void at_border(tl_windows_t *self, int y, int x) {
  const int channels = self->conv->out_channels;
  take_patch(self, y, x);
  self->run.tiles = 1;
  self->run.weights = self->weights;
  for (int channel = 0; channel < channels; channel += self->shape->channels) {
    self->run.in = self->patch;
    self->run.bias = self->bias + channel;
    self->run.out = self->out + (y * self->out_width + x) * channels + channel;
    self->shape->compute(&self->run);
    self->run.weights += self->shape->block;
  }
}

static void borders(tl_windows_t *self, int y, int end) {
  in_lines_of(self, self->width);
  for (; y < end; ++y) {
    const int inside = has_all_rows(self, y);
    for (int x = 0; x < self->out_width; ++x)
      if (!inside || x < self->first || x >= self->last) at_border(self, y, x);
  }
}

/* A block of channels from `channel` on, of the pooled positions whose windows are inside the input. */
static void inner(tl_windows_t *self, int y, int end, int channel, const float *weights) {
  const tl_conv_t *conv = self->conv;
  const int channels = conv->out_channels;
  tl_copy_words_m4(self->near_weights, weights, self->shape->block);
  self->run.weights = self->near_weights;
  self->run.bias = self->bias + channel;
  for (; y < end; ++y) {
    if (!has_all_rows(self, y)) continue;
    const int x = self->first;
    self->run.tiles = self->last - x;
    self->run.in =
        self->in + (top_of(conv, y) * conv->in_width + left_of(conv, x)) * conv->in_channels;
    self->run.out = self->out + (y * self->out_width + x) * channels + channel;
    self->shape->compute(&self->run);
  }
}

static void begin(tl_windows_t *self, const tl_conv_max_pool_t *pool) {
  const tl_conv_t *conv = &pool->conv;
  const int channels = conv->in_channels;
  const int step = POOL * conv->stride_x;
  self->conv = conv;
  self->width = conv->kernel_width + conv->stride_x;
  self->height = conv->kernel_height + conv->stride_y;
  self->out_width = pool->out_width;
  const int reach = conv->in_width + conv->pad_left - self->width;
  self->first = tl_least(pool->out_width, (conv->pad_left + step - 1) / step);
  self->last = reach < 0 ? 0 : tl_least(pool->out_width, reach / step + 1);
  self->last = tl_most(self->first, self->last);
  self->run.step = step * channels * BYTES;
  self->run.out_step = conv->out_channels * BYTES;
  self->run.rows = conv->kernel_height;
  self->run.length = conv->kernel_width * channels;
  self->run.right = conv->stride_x * channels * BYTES;
  self->run.low = conv->low;
  self->run.high = conv->high;
}

void tl_conv_windows_m4_f32(const tl_conv_windows_m4_t *shape, const float *in, const float *weights,
                            const float *bias, float *scratch, float *out) {
  const tl_conv_max_pool_t *pool = &shape->pool;
  const int channels = pool->conv.out_channels;
  tl_windows_t self = {.shape = shape, .in = in, .weights = weights, .bias = bias, .out = out};
  self.near_weights = scratch;
  self.patch = scratch + shape->block;
  begin(&self, pool);
  self.run.channels = shape->channels;
  for (int y = 0; y < pool->out_height; y += shape->rows) {
    const int end = tl_least(y + shape->rows, pool->out_height);
    borders(&self, y, end);
    if (self.first == self.last) continue;
    in_lines_of(&self, pool->conv.in_width);
    const float *weight = weights;
    for (int channel = 0; channel < channels; channel += shape->channels) {
      inner(&self, y, end, channel, weight);
      weight += shape->block;
    }
  }
}
