/* int16: the logistic function. Shapes and layouts: tl_quantised_s16.h. */
#include <stdlib.h>

#include "tl_quantised_s16.h"

enum { LAST = 255 };

/* table[size / 2^bits], between entries; `most` beyond the last. */
static inline int32_t line(int32_t size, int bits, int32_t most, const uint16_t *table) {
  const int32_t entry = size >> bits;
  if (entry >= LAST) return most;
  return (table[entry] << bits) + (size & ((1 << bits) - 1)) * (table[entry + 1] - table[entry]);
}

static inline int32_t place(int32_t x, int factor, int shift) {
  return shift > 0 ? (x * factor + (1 << (shift - 1))) >> shift : x * factor;
}

void tl_sigmoid_s16(int count, int factor, int shift, const int16_t *in, const uint16_t *table,
                    int16_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t at = place(in[i], factor, shift);
    const int32_t found = line(abs(at), 9, INT16_MAX << 10, table);
    out[i] = (int16_t)((at >= 0 ? found + (1 << 9) : (1 << 25) - found + (1 << 9) - 1) >> 10);
  }
}

void tl_tanh_s16(int count, int factor, int shift, const int16_t *in, const uint16_t *table,
                 int16_t *out) {
  for (int i = 0; i < count; ++i) {
    const int32_t at = place(in[i], factor, shift);
    const int32_t found = line(abs(at), 8, UINT16_MAX << 8, table) - (1 << 23);
    out[i] = (int16_t)(((at >= 0 ? found : -found - 1) + (1 << 7)) >> 8);
  }
}
