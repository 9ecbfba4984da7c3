/* Layers of int8 tensors in tiles that are made for the Cortex-M7. */
#ifndef TL_INTEGER_M7_H
#define TL_INTEGER_M7_H

#include "tl_quantised.h"

typedef struct {
  int steps;  /* of two elements of a window */
  int blocks; /* of four output channels */
  int pairs;  /* of positions */
  int second; /* bytes from a position's outputs to the next one's; 0: they are the same */
  int pair_bytes;
} tl_conv_tile_s8_t;

void tl_conv_tile_m7_s8(const tl_conv_tile_s8_t *tile, const int32_t *weights,
                        const int32_t *patches, int8_t *out);

typedef struct {
  int rows; /* at least one */
  int row_bytes; /* from row to row of the input */
  int eights;    /* of elements in a row */
  int rest;      /* elements after them */
} tl_gather_s8_t;

typedef int32_t *tl_gather_t(const tl_gather_s8_t *window, const int8_t *in, int32_t *patch);
tl_gather_t tl_gather_m7_s8, tl_gather_nine_m7_s8;

typedef struct {
  tl_gather_t *gather; /* windows that are inside the input */
  tl_conv_s8_t conv;
  tl_gather_s8_t window;
  int steps;     /* of two elements of a window */
  int row_steps; /* of them in a row of the window */
  int positions; /* whose windows are in `scratch` at once; even */
  int pixels;    /* 1: windows are successive pixels, whose channels are a multiple of four */
} tl_conv_tiles_s8_t;

/* The same as tl_conv_s8 with a multiple of four output channels; weights as the tiles have them.
   In each row of a window, every four elements are in the order 0, 2, 1, 3; the rest is in its
   own, filled up to an even number. scratch: `steps` words for each position, two more, and bytes
   for a row of a window.
   Order: as many positions at once; their windows are read before they are written. */
void tl_conv_tiles_m7_s8(const tl_conv_tiles_s8_t *shape, const int8_t *in, const int32_t *weights,
                         int32_t *scratch, int8_t *out);

typedef struct {
  int rows;
  int fours; /* of outputs in a row */
  int rest;  /* outputs after them */
  int row_bytes;
  int next_row; /* bytes in the plane from the end of a row of outputs to the next one */
  int out_bytes; /* from output to output */
  int out_row_bytes;
} tl_depthwise_tile_s8_t;

typedef struct {
  int rows; /* at least one */
  int pixel_bytes;
  int plane_bytes;
  int head; /* 1: a word of padding and the first pixel; 0: none */
  int pairs;
  int tail; /* 1: a word of the last pixel and padding; 0: none */
  int32_t padding; /* four elements */
  int in_skipped;  /* bytes after these pixels, to the next row of the input and of the plane */
  int plane_skipped;
} tl_separate_s8_t;

void tl_separate_m7_s8(const tl_separate_s8_t *part, const int8_t *in, int32_t *plane);

typedef void tl_depthwise_tile_t(const tl_depthwise_tile_s8_t *tile, const int32_t *weights,
                                 const int16_t *plane, int8_t *out);
tl_depthwise_tile_t tl_depthwise_tile_m7_s8, tl_depthwise_strided_tile_m7_s8;

typedef struct {
  tl_depthwise_tile_t *compute;
  tl_conv_s8_t conv; /* of the transposed image, if columns are taken as rows */
  int in_bytes;      /* from pixel to pixel in a row */
  int in_row_bytes;
  int out_bytes;
  int out_row_bytes;
  int rows;        /* of outputs in a band */
  int row_words;   /* of a plane */
  int plane_words; /* of a band */
} tl_depthwise_tiles_s8_t;

/* The same as tl_depthwise_conv_s8 with filters of 3 x 3, strides in a row of 1 or 2, and a multiple
   of four channels; weights as the tiles have them. scratch: four planes.
   Order: band by band, in it four channels at a time, which are read before they are written. */
void tl_depthwise_tiles_m7_s8(const tl_depthwise_tiles_s8_t *shape, const int8_t *in,
                              const int32_t *weights, int32_t *scratch, int8_t *out);

typedef struct {
  int steps;  /* of two inputs, even */
  int blocks; /* of six outputs */
} tl_dense_tile_s8_t;

void tl_dense_tile_m7_s8(const tl_dense_tile_s8_t *tile, const int32_t *weights, const int32_t *in,
                         int8_t *out);

typedef struct {
  tl_dense_s8_t dense;
  int steps;
  int block_words; /* of weights */
} tl_dense_tiles_s8_t;

/* The same as tl_dense_s8; weights as the tiles have them, the last block filled up. scratch:
   `steps` words and one more. `in` and `out` are disjoint. */
void tl_dense_tiles_m7_s8(const tl_dense_tiles_s8_t *shape, const int8_t *in,
                          const int32_t *weights, int32_t *scratch, int8_t *out);

typedef struct {
  int count;
  int rounding;
  int mantissa;
  int right;
  int low;
  int high;
} tl_add_tables_s8_t;

void tl_add_four_m7_s8(const tl_add_tables_s8_t *shape, const int8_t *a, const int8_t *b,
                       const int32_t *tables, int8_t *out);

/* The same as tl_add_s8, with the doubled terms of all elements from -128 in tables[2][256]. */
void tl_add_tables_m7_s8(const tl_add_tables_s8_t *shape, const int8_t *a, const int8_t *b,
                         const int32_t *tables, int8_t *out);

/* The same as tl_average_pool_s8 with a window over the whole input, of at most 255 positions, and a
   multiple of four channels. Order: four channels at a time. */
void tl_mean_four_m7_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out);

#endif
