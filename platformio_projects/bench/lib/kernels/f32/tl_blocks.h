/*
 * Dense layers of floats whose outputs are computed in blocks, by functions that are made for a core.
 * The network names those of the widths that it uses.
 */
#ifndef TL_BLOCKS_H
#define TL_BLOCKS_H

#include "tl_kernels.h"

/* `blocks` blocks of outputs of one row. weights[blocks]: bias[width], then [inputs][width].
   Returns their end. */
typedef const float *tl_dense_block_t(const tl_dense_t *shape, int blocks, const float *in,
                                      const float *weights, float *out);

tl_dense_block_t tl_dense_block_4_m7_f32, tl_dense_block_5_m7_f32, tl_dense_block_6_m7_f32,
    tl_dense_block_7_m7_f32, tl_dense_block_8_m7_f32, tl_dense_block_9_m7_f32,
    tl_dense_block_10_m7_f32;
tl_dense_block_t tl_dense_block_4_m4_f32, tl_dense_block_5_m4_f32, tl_dense_block_6_m4_f32,
    tl_dense_block_7_m4_f32, tl_dense_block_8_m4_f32, tl_dense_block_9_m4_f32,
    tl_dense_block_10_m4_f32, tl_dense_block_11_m4_f32, tl_dense_block_12_m4_f32,
    tl_dense_block_13_m4_f32;

typedef struct {
  tl_dense_block_t *compute;
  int blocks;
  int first; /* output of the first block */
} tl_dense_part_t;

/* The same as tl_dense_f32, with weights as the blocks have them: the wide ones, then the others.
   `in` and `out` are disjoint. */
typedef struct {
  tl_dense_t layer;
  tl_dense_part_t wide;
  tl_dense_part_t others; /* there may be none */
} tl_dense_blocks_t;

void tl_dense_blocks_f32(const tl_dense_blocks_t *shape, const float *in, const float *weights,
                         float *out);

#endif
