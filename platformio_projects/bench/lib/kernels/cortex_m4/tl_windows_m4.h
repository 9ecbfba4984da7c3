/* Convolutions of floats on the Cortex-M4 and M33, also with the max pooling of 2 x 2 that follows. */
#ifndef TL_WINDOWS_M4_H
#define TL_WINDOWS_M4_H

#include "tl_kernels.h"
#include "tl_tiles.h"

/* Pooled positions beside each other. Strides are in bytes. */
typedef struct {
  const float *in;      /* the first window's first element, of the upper left position */
  float *out;           /* some channels of the first pooled position */
  const float *weights; /* of these channels */
  const float *bias;
  int tiles;    /* pooled positions; one or more */
  int step;     /* from pooled position to pooled position, in the input */
  int out_step; /* the same in the output */
  int rows;     /* of a window; one or more */
  int length;   /* elements in each row; one or more */
  int skip;     /* from the end of one row to the beginning of the next, in the input */
  int right;    /* from a position to the one at its right, in the input */
  int below;    /* the same to the one below */
  float low;
  float high;
  int channels; /* one or more */
} tl_window_run_t;

/* Computes all tiles. */
typedef void tl_conv_window_m4_t(tl_window_run_t *run);

/* Four channels: weights[rows][length][4]. */
tl_conv_window_m4_t tl_conv_window_m4_f32;

/* The same of 2 x 2 elements and 8 to 64 channels, strides of one element: weights[channels][2][2][4]. */
tl_conv_window_m4_t tl_conv_four_8_m4_f32, tl_conv_four_16_m4_f32, tl_conv_four_32_m4_f32,
    tl_conv_four_64_m4_f32;

/* Any channels of 2 x 2 or 3 x 3 elements, strides of one element: weights[channels]: bias, then
   [rows][length]. */
tl_conv_window_m4_t tl_conv_first_2_m4_f32, tl_conv_first_3_m4_f32;

/* to[words] = from[words], of disjoint memory. */
void tl_copy_words_m4(void *to, const void *from, int words);

/* The same as tl_conv_tiles_f32; scratch: weights of four channels. */
void tl_conv_near_m4_f32(const tl_conv_tiles_t *shape, const float *in, const float *weights,
                         const float *bias, float *scratch, float *out);

/* The same as tl_conv_max_pool_f32, for pools of 2 x 2 positions, without padding and apart by 2, and
   channels of the output in blocks. scratch: weights of a block, then a patch of the input that four
   windows cover.
   Order: some rows of the output at a time: all of their elements are written, then all of their
   windows are read, as far as the memory planner must know. */
typedef struct {
  tl_conv_max_pool_t pool;
  tl_conv_window_m4_t *compute;
  int channels; /* in each block */
  int block;    /* floats in a block's weights */
  int rows;     /* of the output at a time */
} tl_conv_windows_m4_t;

void tl_conv_windows_m4_f32(const tl_conv_windows_m4_t *shape, const float *in, const float *weights,
                            const float *bias, float *scratch, float *out);

#endif
