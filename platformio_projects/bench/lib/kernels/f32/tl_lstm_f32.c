/* Floats: long short-term memory. Shapes and layouts: tl_kernels.h. */
#include "tl_recurrent.h"

/* gates: i, f, candidate, o; after them the memory. */
static void lstm_outputs(const tl_recurrent_t *shape, const float *gates, float *memory,
                         float *out) {
  const int units = shape->units;
  for (int unit = 0; unit < units; ++unit) {
    const float i = tl_curve(shape->gate, gates[unit]);
    const float f = tl_curve(shape->gate, gates[units + unit]);
    const float candidate = tl_curve(shape->activation, gates[2 * units + unit]);
    const float o = tl_curve(shape->gate, gates[3 * units + unit]);
    memory[unit] = tl_clamped(f * memory[unit] + i * candidate, -shape->clip, shape->clip);
    out[unit] = o * tl_curve(shape->activation, memory[unit]);
  }
}

void tl_lstm_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                 const float *recurrent, const float *bias, float *state, float *memory,
                 float *scratch, float *out) {
  const int made = 4 * shape->units;
  if (!memory) {
    memory = scratch + made;
    for (int unit = 0; unit < shape->units; ++unit) memory[unit] = 0.0f;
  }
  for (int number = 0; number < shape->steps; ++number) {
    const tl_step_t step = tl_step(shape, number, state, out);
    tl_copy_floats(made, bias, scratch);
    tl_accumulate(shape->inputs, made, in + step.at * shape->inputs, kernel, scratch);
    if (step.before) tl_accumulate(shape->units, made, step.before, recurrent, scratch);
    lstm_outputs(shape, scratch, memory, step.after);
  }
  tl_keep_state(shape, out, state);
}
