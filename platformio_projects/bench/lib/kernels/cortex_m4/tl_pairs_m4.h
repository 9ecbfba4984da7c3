/* Dense layers of floats with 4-bit codes, by tables of pairs, on the Cortex-M4 and M33. */
#ifndef TL_PAIRS_M4_H
#define TL_PAIRS_M4_H

#include "tl_kernels.h"

enum { TL_PAIRS = 8, TL_PAIR_CODES = 256 };

/* tables[pair][code] = in[2 * pair] * table[code % 16] + in[2 * pair + 1] * table[code / 16] */
void tl_pair_tables_m4_f32(const float *table, const float *in, float *tables);

/* Adds to each of the sums up to `end`, one or more, a value of each table: codes[sums][TL_PAIRS].
   Returns the end of the codes. */
const uint8_t *tl_add_pairs_m4_f32(const float *tables, const uint8_t *codes, float *sums,
                                   const float *end);

/* The same as tl_dense_x8_f32, with codes[inputs / 16, rounded up][outputs][TL_PAIRS]: the low half of
   a byte is for the first input of a pair. scratch[TL_PAIRS][TL_PAIR_CODES]. `in` and `out` are
   disjoint. */
void tl_dense_pairs_m4_f32(const tl_dense_t *shape, const float *in, const float *table,
                           const uint8_t *codes, const float *bias, float *scratch, float *out);

#endif
