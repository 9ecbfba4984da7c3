/*
 * Dense layers of int8 tensors on the Cortex-M4 and M33: elements as halfwords, then eight outputs at
 * once; shapes and layouts: tl_quantised_m4.h. Cycles: tl_dense_rows_m4_s8.S.
 */
#include "tl_quantised_m4.h"

/* Bytes as halfwords, in the order of their words; up to three bytes past the end are 0. */
static void expand(int count, const int8_t *from, uint32_t *to) {
  for (; count >= 4; count -= 4, from += 4, to += 2) {
    const uint32_t word = tl_four_bytes(from);
    to[0] = tl_even_bytes(word);
    to[1] = tl_odd_bytes(word);
  }
  if (count == 0) return;
  int8_t last[4] = {0};
  for (int i = 0; i < count; ++i) last[i] = from[i];
  to[0] = tl_even_bytes(tl_four_bytes(last));
  to[1] = tl_odd_bytes(tl_four_bytes(last));
}

void tl_dense_pairs_s8(const tl_dense_pairs_s8_t *shape, const int8_t *in, const int32_t *stream,
                       void *scratch, int8_t *out) {
  const tl_dense_s8_t *dense = &shape->dense;
  uint32_t *vector = scratch;
  int8_t *rest = (int8_t *)(vector + shape->depth / 2);
  for (int row = 0; row < dense->rows; ++row, in += dense->inputs, out += dense->outputs) {
    expand(dense->inputs, in, vector);
    if (dense->outputs % 8) {
      shape->compute(stream, vector, rest, shape->depth, shape->blocks);
      memcpy(out, rest, (size_t)dense->outputs);
    } else {
      shape->compute(stream, vector, out, shape->depth, shape->blocks);
    }
    tl_narrow_s8(dense->outputs, dense->low, dense->high, out);
  }
}
