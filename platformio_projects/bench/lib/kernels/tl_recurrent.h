/* Code shared by the recurrent kernels. */
#ifndef TL_RECURRENT_H
#define TL_RECURRENT_H

#include <math.h>
#include <string.h>

#include "tl_arithmetic.h"
#include "tl_kernels.h"

static inline float tl_curve(int curve, float x) {
  switch (curve) {
    case TL_RELU: return x > 0.0f ? x : 0.0f;
    case TL_TANH: return tanhf(x);
    case TL_SIGMOID: return 1.0f / (1.0f + expf(-x));
    case TL_UNIT: return tl_clamped(x, 0.0f, 1.0f);
    default: return x;
  }
}

/* sums[outputs] += x[inputs] . weights, interleaved as for tl_dense_f32. */
static inline void tl_accumulate(int inputs, int outputs, const float *x, const float *weights,
                                 float *sums) {
  int output = 0;
  for (; output + 4 <= outputs; output += 4) {
    const tl_four_t sum = tl_dot_four(tl_load_four(sums + output), x, weights, inputs);
    sums[output] = sum.a;
    sums[output + 1] = sum.b;
    sums[output + 2] = sum.c;
    sums[output + 3] = sum.d;
    weights += 4 * inputs;
  }
  for (; output < outputs; ++output) {
    sums[output] = tl_dot_one(sums[output], x, weights, inputs);
    weights += inputs;
  }
}

static inline void tl_copy_floats(int count, const float *from, float *to) {
  memcpy(to, from, (size_t)count * sizeof *to);
}

/* One step: its number in the input, its state before (NULL: zeros) and after. */
typedef struct {
  int at;
  const float *before;
  float *after;
} tl_step_t;

/* `state` is the state before the first step, or NULL. */
static inline tl_step_t tl_step(const tl_recurrent_t *shape, int number, const float *state,
                                float *out) {
  const int at = shape->backwards ? shape->steps - 1 - number : number;
  float *after = shape->sequences ? out + at * shape->units : out;
  const int back = shape->backwards ? shape->units : -shape->units;
  const tl_step_t step = {at, state, after};
  if (number == 0) return step;
  const tl_step_t later = {at, shape->sequences ? after + back : out, after};
  return later;
}

/* Keeps the state after the last step in `state`, unless that is NULL. */
static inline void tl_keep_state(const tl_recurrent_t *shape, const float *out, float *state) {
  const int last = shape->sequences && !shape->backwards ? shape->steps - 1 : 0;
  if (state) tl_copy_floats(shape->units, out + last * shape->units, state);
}

#endif
