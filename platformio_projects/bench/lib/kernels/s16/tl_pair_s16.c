/*
 * int16: arithmetic and comparisons of two tensors, with broadcasting. Shapes and layouts:
 * tl_quantised_s16.h.
 */
#include "tl_fixed_point.h"
#include "tl_quantised_s16.h"

enum { SUM_SHIFT = 15 };

typedef int32_t pair_t(const tl_pair_s8_t *shape, int32_t a, int32_t b);

static inline void combine(const tl_pair_s8_t *shape, pair_t *of, const int16_t *a,
                           const int16_t *b, int16_t *out) {
  const tl_pair_s8_t copy = *shape; /* `out` could overlap what `shape` points to */
  const tl_grid_t *grid = &copy.grid;
  for (int plane = 0; plane < grid->planes; ++plane)
    for (int row = 0; row < grid->rows; ++row) {
      const int16_t *first = a + plane * grid->a_plane + row * grid->a_row;
      const int16_t *second = b + plane * grid->b_plane + row * grid->b_row;
      for (int i = 0; i < grid->columns; ++i) {
        const int32_t steps = of(&copy, first[i * grid->a_column], second[i * grid->b_column]);
        *out++ = (int16_t)tl_clamped_int(steps, copy.low, copy.high);
      }
    }
}

static int32_t sum(const tl_pair_s8_t *shape, int32_t a, int32_t b) {
  const int32_t first = tl_multiplied(a * (1 << SUM_SHIFT), shape->a_mantissa, shape->a_shift);
  const int32_t second = tl_multiplied(b * (1 << SUM_SHIFT), shape->b_mantissa, shape->b_shift);
  return tl_multiplied(first + shape->sign * second, shape->output_mantissa, shape->output_shift);
}

static int32_t product(const tl_pair_s8_t *shape, int32_t a, int32_t b) {
  return tl_multiplied(a * b, shape->output_mantissa, shape->output_shift);
}

static int32_t larger(const tl_pair_s8_t *shape, int32_t a, int32_t b) {
  (void)shape;
  return a < b ? b : a;
}

static int32_t smaller(const tl_pair_s8_t *shape, int32_t a, int32_t b) {
  (void)shape;
  return b < a ? b : a;
}

void tl_pair_sum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b, int16_t *out) {
  combine(shape, sum, a, b, out);
}

void tl_pair_multiply_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                          int16_t *out) {
  combine(shape, product, a, b, out);
}

void tl_pair_maximum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                         int16_t *out) {
  combine(shape, larger, a, b, out);
}

void tl_pair_minimum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                         int16_t *out) {
  combine(shape, smaller, a, b, out);
}
