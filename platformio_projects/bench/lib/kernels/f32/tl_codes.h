/* Dense layers of floats with weights that are codes of 8 bits. */
#ifndef TL_CODES_H
#define TL_CODES_H

#include "tl_kernels.h"

enum { TL_CODES = 8 /* outputs that are computed together */, TL_CODES_TABLE = 256 };

/* Adds in[inputs] . table[codes[inputs][8]] to sums[8]. */
typedef void tl_dense_codes_t(const uint8_t *codes, const float *table, const float *in,
                              int inputs, float *sums);

tl_dense_codes_t tl_dense_codes_m4_f32, tl_dense_codes_m7_f32;

/* The same as tl_dense_x4_f32. codes[outputs / 8, rounded up][inputs][8]; near[256] is scratch memory
   for the table. `in` and `out` are disjoint. */
typedef struct {
  tl_dense_t layer;
  tl_dense_codes_t *add;
} tl_dense_coded_t;

void tl_dense_coded_f32(const tl_dense_coded_t *shape, const float *in, const float *table,
                        const uint8_t *codes, const float *bias, float *near, float *out);

#endif
