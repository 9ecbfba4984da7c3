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
static float larger(float a, float b) { return a < b ? b : a; }
static float smaller(float a, float b) { return b < a ? b : a; }
static float prelu(float a, float b) { return a >= 0.0f ? a : a * b; }

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
  combine(shape, larger, a, b, out);
}

void tl_pair_minimum_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, smaller, a, b, out);
}

void tl_pair_prelu_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out) {
  combine(shape, prelu, a, b, out);
}
