/*
 * Any type: the place of the greatest or least element. Shapes and layouts: tl_kernels.h,
 * tl_quantised.h, tl_quantised_s16.h.
 */
#include <stdbool.h>

#include "tl_quantised_s16.h"

/* Floats and integers are compared as floats: those of 16 bits are exact. */
typedef float at_t(const void *in, int i);

static float float_at(const void *in, int i) { return ((const float *)in)[i]; }
static float byte_at(const void *in, int i) { return (float)((const int8_t *)in)[i]; }
static float half_at(const void *in, int i) { return (float)((const int16_t *)in)[i]; }

static inline void find(int rows, int count, at_t *at, bool least, const void *in, int32_t *out) {
  for (int row = 0; row < rows; ++row) {
    const int first = row * count;
    int32_t best = 0;
    for (int i = 1; i < count; ++i) {
      const float found = at(in, first + best), other = at(in, first + i);
      if (least ? other < found : other > found) best = i;
    }
    out[row] = best;
  }
}

void tl_arg_max_f32(int rows, int count, const float *in, int32_t *out) {
  find(rows, count, float_at, false, in, out);
}

void tl_arg_min_f32(int rows, int count, const float *in, int32_t *out) {
  find(rows, count, float_at, true, in, out);
}

void tl_arg_max_s8(int rows, int count, const int8_t *in, int32_t *out) {
  find(rows, count, byte_at, false, in, out);
}

void tl_arg_min_s8(int rows, int count, const int8_t *in, int32_t *out) {
  find(rows, count, byte_at, true, in, out);
}

void tl_arg_max_s16(int rows, int count, const int16_t *in, int32_t *out) {
  find(rows, count, half_at, false, in, out);
}

void tl_arg_min_s16(int rows, int count, const int16_t *in, int32_t *out) {
  find(rows, count, half_at, true, in, out);
}
