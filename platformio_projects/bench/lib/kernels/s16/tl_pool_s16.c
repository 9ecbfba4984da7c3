/* int16: maxima and averages over windows. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_quantised_s16.h"

typedef int16_t element_t;
typedef int64_t total_t;
enum { LEAST = INT16_MIN };
#include "tl_integer_pool.h"

void tl_max_pool_s16(const tl_pool_s8_t *shape, const int16_t *in, int16_t *out) {
  pool(shape, greatest, in, out);
}

void tl_average_pool_s16(const tl_pool_s8_t *shape, const int16_t *in, int16_t *out) {
  pool(shape, mean, in, out);
}
