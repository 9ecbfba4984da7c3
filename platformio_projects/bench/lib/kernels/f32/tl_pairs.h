/* Dense layers of floats with weights of 4 bits, through tables of products of pairs of inputs. */
#ifndef TL_PAIRS_H
#define TL_PAIRS_H

#include "tl_kernels.h"

enum {
  TL_PAIRS = 8,                /* pairs of inputs that have tables at a time */
  TL_PAIR_INPUTS = 2 * TL_PAIRS,
  TL_PAIR_ENTRIES = 256,       /* of each table, one for each byte of two codes */
};

/* All sums of products of two inputs, of table[16] and in[TL_PAIR_INPUTS]: TL_PAIRS * TL_PAIR_ENTRIES
   products, in the order in which the core's other function takes them. */
typedef void tl_pair_tables_t(const float *table, const float *in, float *products);

/* Adds to sums[outputs] the products that codes[outputs][TL_PAIRS] select: one output or more.
   On the Cortex-M7 `outputs` is even. */
typedef void tl_pair_lookups_t(const uint8_t *codes, const float *products, float *sums,
                               int outputs);

tl_pair_tables_t tl_pair_tables_m4_f32, tl_pair_tables_m7_f32;
tl_pair_lookups_t tl_pair_lookups_m4_f32, tl_pair_lookups_m7_f32;

/* The same as tl_dense_x8_f32. codes[inputs / 16, rounded up][outputs][8]: a byte has the codes of
   two inputs, the first in the low half; zeros for inputs behind the last. The scratch memory is
   TL_PAIRS * TL_PAIR_ENTRIES floats. `in` and `out` are disjoint. */
typedef struct {
  tl_dense_t layer;
  tl_pair_tables_t *multiply;
  tl_pair_lookups_t *add;
} tl_dense_pairs_t;

void tl_dense_pairs_f32(const tl_dense_pairs_t *shape, const float *in, const float *table,
                        const uint8_t *codes, const float *bias, float *products, float *out);

#endif
