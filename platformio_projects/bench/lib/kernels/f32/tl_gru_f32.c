/* Floats: gated recurrent units. Shapes and layouts: tl_kernels.h. */
#include "tl_recurrent.h"

/* h = z * h + (1 - z) * candidate */
static float mixed(float z, const float *before, int unit, float candidate) {
  return z * (before ? before[unit] : 0.0f) + (1.0f - z) * candidate;
}

static void apply_gate(const tl_recurrent_t *shape, const float *recurrent_bias, float *gates) {
  for (int i = 0; i < 2 * shape->units; ++i) {
    gates[i] = tl_curve(shape->gate, gates[i] + recurrent_bias[i]);
  }
}

/* scratch: z, r, the input's part of the candidate, the state's part. */
static void gru_step(const tl_recurrent_t *shape, tl_step_t step, const float *recurrent,
                     const float *recurrent_bias, float *scratch) {
  const int units = shape->units;
  float *own = scratch + 3 * units;
  tl_copy_floats(units, recurrent_bias + 2 * units, own);
  if (step.before) {
    for (int part = 0; part < 2; ++part) {
      const float *weights = recurrent + part * units * units;
      tl_accumulate(units, units, step.before, weights, scratch + part * units);
    }
    tl_accumulate(units, units, step.before, recurrent + 2 * units * units, own);
  }
  apply_gate(shape, recurrent_bias, scratch);
  for (int i = 0; i < units; ++i) {
    const float sum = scratch[2 * units + i] + scratch[units + i] * own[i];
    const float candidate = tl_curve(shape->activation, sum);
    step.after[i] = mixed(scratch[i], step.before, i, candidate);
  }
}

/* scratch: z, r, the candidate, the state times r. */
static void gru_step_reset_first(const tl_recurrent_t *shape, tl_step_t step,
                                 const float *recurrent, const float *recurrent_bias,
                                 float *scratch) {
  const int units = shape->units;
  float *kept = scratch + 3 * units;
  float *candidates = scratch + 2 * units;
  for (int part = 0; step.before && part < 2; ++part) {
    const float *weights = recurrent + part * units * units;
    tl_accumulate(units, units, step.before, weights, scratch + part * units);
  }
  apply_gate(shape, recurrent_bias, scratch);
  for (int i = 0; i < units; ++i) candidates[i] += recurrent_bias[2 * units + i];
  if (step.before) {
    for (int i = 0; i < units; ++i) kept[i] = scratch[units + i] * step.before[i];
    tl_accumulate(units, units, kept, recurrent + 2 * units * units, candidates);
  }
  for (int i = 0; i < units; ++i) {
    const float candidate = tl_curve(shape->activation, candidates[i]);
    step.after[i] = mixed(scratch[i], step.before, i, candidate);
  }
}

/* The input's part of z, r and the candidate. */
static void begin_step(const tl_recurrent_t *shape, const float *x, const float *kernel,
                       const float *bias, float *scratch) {
  const int units = shape->units;
  tl_copy_floats(3 * units, bias, scratch);
  for (int part = 0; part < 3; ++part) {
    const float *weights = kernel + part * units * shape->inputs;
    tl_accumulate(shape->inputs, units, x, weights, scratch + part * units);
  }
}

void tl_gru_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                const float *recurrent, const float *bias, const float *recurrent_bias,
                float *state, float *scratch, float *out) {
  for (int number = 0; number < shape->steps; ++number) {
    const tl_step_t step = tl_step(shape, number, state, out);
    begin_step(shape, in + step.at * shape->inputs, kernel, bias, scratch);
    gru_step(shape, step, recurrent, recurrent_bias, scratch);
  }
  tl_keep_state(shape, out, state);
}

void tl_gru_reset_first_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                            const float *recurrent, const float *bias,
                            const float *recurrent_bias, float *state, float *scratch,
                            float *out) {
  for (int number = 0; number < shape->steps; ++number) {
    const tl_step_t step = tl_step(shape, number, state, out);
    begin_step(shape, in + step.at * shape->inputs, kernel, bias, scratch);
    gru_step_reset_first(shape, step, recurrent, recurrent_bias, scratch);
  }
  tl_keep_state(shape, out, state);
}
