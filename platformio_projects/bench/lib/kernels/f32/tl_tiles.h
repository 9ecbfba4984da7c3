/*
 * Convolutions of floats in tiles of some positions by four channels, by functions that are made
 * for a core.
 */
#ifndef TL_TILES_H
#define TL_TILES_H

#include "tl_kernels.h"

enum { TL_TILE = 4 }; /* channels in each tile, and the most positions */

/* Positions beside each other whose windows have the same size. Strides are in bytes. */
typedef struct {
  const float *in;      /* the first window's first element */
  float *out;           /* four channels of the first position */
  const float *weights; /* [rows][length][4], and more in between */
  const float *bias;
  int tiles;       /* one or more */
  int step;        /* from position to position, in the input */
  int out_step;    /* the same in the output */
  int rows;        /* of a window; one or more */
  int length;      /* elements in each row that a channel takes; one or more */
  int skip;        /* from the end of one row to the beginning of the next, in the input */
  int weight_skip; /* the same in the weights */
  float low;
  float high;
  int next; /* depthwise: from element to element of a row */
} tl_conv_run_t;

/* Computes all tiles; moves `in` and `out` behind them. */
typedef void tl_conv_tile_t(tl_conv_run_t *run);

tl_conv_tile_t tl_conv_tile_1_m7_f32, tl_conv_tile_2_m7_f32, tl_conv_tile_3_m7_f32,
    tl_conv_tile_4_m7_f32;
tl_conv_tile_t tl_conv_tile_1_m4_f32, tl_conv_tile_2_m4_f32, tl_conv_tile_3_m4_f32,
    tl_conv_tile_4_m4_f32;

/* The same as tl_conv_f32. weights[out_channels / 4, rounded up][kernel_height][kernel_width]
   [in_channels][4] and bias[out_channels, rounded up to 4] end with zeros.
   Order: some columns of some rows of the output at a time: all of their elements are written, then
   all of their windows are read, as far as the memory planner must know. */
typedef struct {
  tl_conv_t conv;
  tl_conv_tile_t *tiles[TL_TILE]; /* of 1, 2, 3 and 4 positions */
  int rows;                       /* of the output at a time, so that weights stay in the cache */
  int columns;                    /* the same */
} tl_conv_tiles_t;

void tl_conv_tiles_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                       const float *bias, float *out);

/* The same as tl_conv_max_pool_f32; weights, bias and order as for tl_conv_tiles_f32, with rows of the
   pooled output. sums[conv.out_width][4]: scratch. */
typedef struct {
  tl_conv_max_pool_t pool;
  tl_conv_tile_t *tiles[TL_TILE];
  int rows;
} tl_conv_pool_tiles_t;

void tl_conv_pool_tiles_f32(const tl_conv_pool_tiles_t *shape, const float *in,
                            const float *weights, const float *bias, float *sums, float *out);

/* One position of a 2 x 2 max pooling of a convolution with one input channel.
   window[kernel_height + 1][kernel_width + 1]; weights[channels / 2, rounded up]:
   [kernel_height][kernel_width][2], then bias[2]; limits: low, high. Returns whether some of the
   maxima may be wrong because of a sum that is not a number. */
typedef int tl_conv_window_t(const float *window, const float *weights, float *out, int channels,
                             const float *limits);

tl_conv_window_t tl_conv_window_2_m7_f32, tl_conv_window_3_m7_f32;

/* The same as tl_conv_max_pool_f32, for one input channel, strides of 1 of the convolution, and
   pooling windows of 2 x 2 inside its output.
   Order: pooled position by pooled position; at each, the window is read, then all channels written. */
typedef struct {
  tl_conv_max_pool_t pool;
  tl_conv_window_t *compute;
} tl_conv_windows_t;

void tl_conv_windows_f32(const tl_conv_windows_t *shape, const float *in, const float *weights,
                         float *out);

/* The same as tl_depthwise_conv_f32 with a multiplier of 1. weights[channels / 4][kernel_height]
   [kernel_width][4], then [channels % 4][kernel_height][kernel_width]; bias[channels].
   Order as for tl_conv_tiles_f32, one row at a time. */
typedef struct {
  tl_conv_t conv;          /* in_channels are out_channels */
  tl_conv_tile_t *tiles[3]; /* of 1, 2 and 3 positions */
} tl_depthwise_tiles_t;

tl_conv_tile_t tl_depthwise_tile_1_m7_f32, tl_depthwise_tile_2_m7_f32, tl_depthwise_tile_3_m7_f32;
tl_conv_tile_t tl_depthwise_tile_1_m4_f32, tl_depthwise_tile_2_m4_f32, tl_depthwise_tile_3_m4_f32;

void tl_depthwise_tiles_f32(const tl_depthwise_tiles_t *shape, const float *in,
                            const float *weights, const float *bias, float *out);

/* Four channels of one row of a convolution's output. */
typedef struct {
  const tl_conv_t *conv;
  tl_conv_tile_t *const *tiles;
  int widest; /* positions in the last of `tiles` */
  int depth;  /* input channels that each output channel takes */
  tl_conv_run_t run; /* what is the same for all positions */
  int first;         /* the first position whose window has all columns */
  int last;          /* behind the last of them */
  int channels;      /* to be written, of four */
  int begin;         /* the first position that is computed */
  int end;           /* behind the last of them */
} tl_conv_row_t;

/* For a convolution with tiles of up to TL_TILE positions. */
void tl_conv_row_begin(tl_conv_row_t *row, const tl_conv_t *conv, tl_conv_tile_t *const *tiles);

/* Positions of row `y` of the output, from left to right; out: of the first; out_step: bytes. With
   less than four channels it writes four at all positions but the last, so these channels come
   before those that they damage. */
void tl_conv_row(tl_conv_row_t *row, int y, const float *in, const float *weights,
                 const float *bias, float *out, int out_step);

/* Four channels from `channel` on, or the last ones, of the row's positions in the rows [y, end).
   weights: of these channels; bias, out: of all. */
void tl_conv_channels(tl_conv_row_t *row, int y, int end, int channel, const float *in,
                      const float *weights, const float *bias, float *out);

#endif
