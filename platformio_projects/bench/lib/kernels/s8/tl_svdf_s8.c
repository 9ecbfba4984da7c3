/* int8: SVDF layers, which keep a state. Shapes and layouts: tl_quantised.h. */
#include <string.h>

#include "tl_fixed_point.h"
#include "tl_quantised.h"

/* What a filter makes of the input: its newest element of the memory. */
static int32_t newest(const tl_svdf_s8_t *shape, const int8_t *in, const int8_t *features,
                      int32_t low, int32_t high) {
  int32_t sum = 0;
  for (int i = 0; i < shape->inputs; ++i) sum += features[i] * (in[i] - shape->input_zero);
  sum = tl_multiplied(sum, shape->feature_mantissa, shape->feature_shift);
  return tl_clamped_int(sum, low, high) + shape->memory_zero;
}

static int8_t output(const tl_svdf_s8_t *shape, uint32_t sum) {
  const int32_t steps = tl_multiplied((int32_t)sum, shape->time_mantissa, shape->time_shift);
  return (int8_t)tl_clamped_int(steps + shape->output_zero, INT8_MIN, INT8_MAX);
}

/* Sums are unsigned, because they may wrap, as in TensorFlow Lite. */
#define FILTERS(low_, high_, type_)                                                         \
  for (int unit = 0; unit < shape->units; ++unit) {                                         \
    uint32_t sum = (uint32_t)bias[unit];                                                    \
    for (int filter = 0; filter < shape->rank; ++filter) {                                  \
      memmove(memory, memory + 1, (size_t)(shape->length - 1) * sizeof *memory);            \
      memory[shape->length - 1] = (type_)newest(shape, in, features, low_, high_);          \
      features += shape->inputs;                                                            \
      for (int i = 0; i < shape->length; ++i)                                               \
        sum += (uint32_t)(*time++ * (*memory++ - shape->memory_zero));                      \
    }                                                                                       \
    out[unit] = output(shape, sum);                                                         \
  }

void tl_svdf_s8(const tl_svdf_s8_t *shape, const int8_t *in, const int8_t *features,
                const int8_t *time, const int32_t *bias, int8_t *memory, int8_t *out) {
  FILTERS(INT8_MIN, INT8_MAX, int8_t)
}

void tl_svdf_s16(const tl_svdf_s8_t *shape, const int8_t *in, const int8_t *features,
                 const int16_t *time, const int32_t *bias, int16_t *memory, int8_t *out) {
  FILTERS(INT16_MIN, INT16_MAX, int16_t)
}
