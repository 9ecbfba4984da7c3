/*
 * Convolutions of floats in tiles of some positions by four channels, by functions that are made
 * for a core.
 */
#ifndef TL_TILES_H
#define TL_TILES_H

#include "tl_kernels.h"

enum { TL_TILE = 4 }; /* channels in each tile, and positions in the widest */

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
  int length;      /* elements in each row; one or more */
  int skip;        /* from the end of one row to the beginning of the next, in the input */
  int weight_skip; /* the same in the weights */
  float low;
  float high;
} tl_conv_run_t;

/* Computes all tiles; moves `in` and `out` behind them. */
typedef void tl_conv_tile_t(tl_conv_run_t *run);

tl_conv_tile_t tl_conv_tile_1_m7_f32, tl_conv_tile_2_m7_f32, tl_conv_tile_3_m7_f32,
    tl_conv_tile_4_m7_f32;
tl_conv_tile_t tl_conv_tile_1_m4_f32, tl_conv_tile_2_m4_f32, tl_conv_tile_3_m4_f32,
    tl_conv_tile_4_m4_f32;

/* The same as tl_conv_f32. weights[out_channels / 4, rounded up][kernel_height][kernel_width]
   [in_channels][4] and bias[out_channels, rounded up to 4] end with zeros.
   Order: some rows of the output at a time: all of their elements are written, then all of their
   windows are read, as far as the memory planner must know. */
typedef struct {
  tl_conv_t conv;
  tl_conv_tile_t *tiles[TL_TILE]; /* of 1, 2, 3 and 4 positions */
  int rows;                       /* of the output at a time, so that weights stay in the cache */
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

/* Four channels of one row of a convolution's output. */
typedef struct {
  const tl_conv_t *conv;
  tl_conv_tile_t *const *tiles;
  tl_conv_run_t run; /* what is the same for all positions */
  int first;         /* the first position whose window has all columns */
  int last;          /* behind the last of them */
  int channels;      /* to be written, of four */
} tl_conv_row_t;

void tl_conv_row_begin(tl_conv_row_t *row, const tl_conv_t *conv, tl_conv_tile_t *const *tiles);

/* Row `y` of the output, from left to right; out_step: bytes. With less than four channels it writes
   four at all positions but the last, so these channels come before those that they damage. */
void tl_conv_row(tl_conv_row_t *row, int y, const float *in, const float *weights,
                 const float *bias, float *out, int out_step);

#endif
