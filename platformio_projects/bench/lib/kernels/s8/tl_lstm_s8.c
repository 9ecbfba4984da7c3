/* int8: long short-term memory. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point_16.h"
#include "tl_quantised.h"

enum { GATES = 4, CANDIDATE = 2, GATE_BITS = 3 };

static int32_t dot(int count, const int8_t *a, const int8_t *b, int32_t sum) {
  for (int i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/* gates[4][units]: the sums over the input and the state, through their functions. */
static void begin_gates(const tl_lstm_s8_t *shape, const int8_t *x, const int8_t *kernel,
                        const int32_t *kernel_bias, const int8_t *state, const int8_t *recurrent,
                        const int32_t *recurrent_bias, const int32_t *multipliers,
                        int16_t *gates) {
  for (int gate = 0; gate < GATES; ++gate, multipliers += 4) {
    for (int unit = 0; unit < shape->units; ++unit) {
      int32_t sum = dot(shape->inputs, x, kernel, *kernel_bias++);
      sum = tl_saturated_16(tl_multiplied(sum, multipliers[0], multipliers[1]));
      int32_t kept = dot(shape->units, state, recurrent, *recurrent_bias++);
      sum = tl_saturated_16(sum + tl_multiplied(kept, multipliers[2], multipliers[3]));
      *gates++ = (int16_t)(gate == CANDIDATE ? tl_tanh_16(sum, GATE_BITS) : tl_logistic_16(sum));
      kernel += shape->inputs;
      recurrent += shape->units;
    }
  }
}

static void end_step(const tl_lstm_s8_t *shape, const int16_t *gates, int8_t *state,
                     int16_t *memory) {
  const int units = shape->units;
  for (int unit = 0; unit < units; ++unit) {
    const int32_t i = gates[unit], f = gates[units + unit];
    const int32_t candidate = gates[CANDIDATE * units + unit], o = gates[3 * units + unit];
    int32_t sum = tl_rounded_shift(f * memory[unit], 15);
    sum = tl_saturated_16(sum + tl_rounded_shift(i * candidate, 30 + shape->memory_exponent));
    if (shape->clip) sum = tl_clamped_int(sum, -shape->clip, shape->clip);
    memory[unit] = (int16_t)sum;
    const int32_t product = o * tl_tanh_16(sum, 15 + shape->memory_exponent);
    const int32_t steps = tl_multiplied(product, shape->hidden_mantissa, shape->hidden_shift);
    state[unit] = (int8_t)tl_clamped_int(steps + shape->hidden_zero, INT8_MIN, INT8_MAX);
  }
}

void tl_lstm_s8(const tl_lstm_s8_t *shape, const int8_t *in, const int8_t *kernel,
                const int32_t *kernel_bias, const int8_t *recurrent,
                const int32_t *recurrent_bias, const int32_t *multipliers, int8_t *state,
                int16_t *memory, int16_t *scratch, int8_t *out) {
  for (int step = 0; step < shape->steps; ++step) {
    begin_gates(shape, in, kernel, kernel_bias, state, recurrent, recurrent_bias, multipliers,
                scratch);
    end_step(shape, scratch, state, memory);
    for (int unit = 0; unit < shape->units; ++unit) *out++ = state[unit];
    in += shape->inputs;
  }
}
