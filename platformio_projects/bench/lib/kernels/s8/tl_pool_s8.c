/* int8: maxima and averages over windows. Shapes and layouts: tl_quantised.h. */
#include "tl_quantised.h"

typedef int8_t element_t;
typedef int32_t total_t;
enum { LEAST = INT8_MIN };
#include "tl_integer_pool.h"

/* Halves are rounded up: the sum is moved where division rounds down. */
static int32_t mean_up(const window_t *window, int channels, const int8_t *in) {
  const int32_t count = window->rows * window->columns;
  int32_t sum = -INT8_MIN * count;
  for (int row = 0; row < window->rows; ++row, in += window->row_stride)
    for (int column = 0; column < window->columns; ++column) sum += in[column * channels];
  return (sum + count / 2) / count + INT8_MIN;
}

void tl_max_pool_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out) {
  pool(shape, greatest, in, out);
}

void tl_average_pool_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out) {
  pool(shape, mean, in, out);
}

void tl_average_pool_up_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out) {
  pool(shape, mean_up, in, out);
}
