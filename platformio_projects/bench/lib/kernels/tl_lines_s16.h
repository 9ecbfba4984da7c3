/* A function of int16 numbers, as straight lines between entries of a table. */
#ifndef TL_LINES_S16_H
#define TL_LINES_S16_H

#include <stdint.h>

static inline int16_t tl_on_lines(int32_t x, const int16_t *table) {
  const int16_t *at = table + 256 + (x >> 7);
  return (int16_t)(at[0] + (((at[1] - at[0]) * (x & 127) + 64) >> 7));
}

#endif
