/*
 * Floats: arithmetic and comparisons of two tensors, with broadcasting. Shapes and layouts:
 * tl_kernels.h.
 */
#include <math.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

typedef float pair_t(float a, float b);

static inline void combine(const tl_pair_f32_t *shape, pair_t *of, const float *a, const float *b,
                           float *out) {
  const tl_grid_t *grid = &shape->grid;
  for (int plane = 0; plane < grid->planes; ++plane)
    for (int row = 0; row < grid->rows; ++row) {
      const float *first = a + plane * grid->a_plane + row * grid->a_row;
      const float *second = b + plane * grid->b_plane + row * grid->b_row;
      for (int i = 0; i < grid->columns; ++i) {
        const float made = of(first[i * grid->a_column], second[i * grid->b_column]);
        *out++ = tl_clamped(made, shape->low, shape->high);
      }
    }
}

static float sum(float a, float b) { return a + b; }
static float difference(float a, float b) { return a - b; }
static float product(float a, float b) { return a * b; }
static float smaller(float a, float b) { return b < a || b != b ? b : a; }
static float prelu(float a, float b) { return a >= 0.0f ? a : a * b; }
static float quotient(float a, float b) { return a / b; }
static float power(float a, float b) { return powf(a, b); }
static float squared_difference(float a, float b) { return (a - b) * (a - b); }
static float less(float a, float b) { return a < b ? 1.0f : 0.0f; }
static float less_equal(float a, float b) { return a <= b ? 1.0f : 0.0f; }
static float equal(float a, float b) { return a == b ? 1.0f : 0.0f; }
static float not_equal(float a, float b) { return a != b ? 1.0f : 0.0f; }
static float where(float a, float b) { return a != 0.0f ? b : 0.0f; }
static float unless(float a, float b) { return a == 0.0f ? b : 0.0f; }

void tl_pair_add_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, sum, a, b, out);
}

void tl_pair_subtract_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, difference, a, b, out);
}

void tl_pair_multiply_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, product, a, b, out);
}

void tl_pair_maximum_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, tl_larger, a, b, out);
}

void tl_pair_minimum_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, smaller, a, b, out);
}

void tl_pair_prelu_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, prelu, a, b, out);
}

void tl_pair_divide_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, quotient, a, b, out);
}

void tl_pair_power_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, power, a, b, out);
}

void tl_pair_squared_difference_f32(const tl_pair_f32_t *shape, const float *a, const float *b,
                                    float *out) {
  combine(shape, squared_difference, a, b, out);
}

void tl_pair_less_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, less, a, b, out);
}

void tl_pair_less_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b,
                            float *out) {
  combine(shape, less_equal, a, b, out);
}

void tl_pair_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, equal, a, b, out);
}

void tl_pair_not_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, not_equal, a, b, out);
}

void tl_pair_where_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, where, a, b, out);
}

void tl_pair_unless_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, unless, a, b, out);
}
