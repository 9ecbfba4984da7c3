/* Floats: simple recurrent layers. Shapes and layouts: tl_kernels.h. */
#include "tl_recurrent.h"

void tl_rnn_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                const float *recurrent, const float *bias, float *state, float *scratch,
                float *out) {
  const int units = shape->units;
  for (int number = 0; number < shape->steps; ++number) {
    const tl_step_t step = tl_step(shape, number, state, out);
    tl_copy_floats(units, bias, scratch);
    tl_accumulate(shape->inputs, units, in + step.at * shape->inputs, kernel, scratch);
    if (step.before) tl_accumulate(units, units, step.before, recurrent, scratch);
    for (int i = 0; i < units; ++i) step.after[i] = tl_curve(shape->activation, scratch[i]);
  }
  tl_keep_state(shape, out, state);
}
