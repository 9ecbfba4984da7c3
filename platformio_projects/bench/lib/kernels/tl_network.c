#include "tl_network.h"

enum { ALIGNMENT = 4 }; /* FPU loads fault on smaller alignment */

static bool known(const tl_network_t *self, ai_handle handle) {
  return handle == (ai_handle)self && self->state != TL_NETWORK_ABSENT;
}

/* Keeps the first error until ai_<name>_get_error reads it. */
static bool fail(tl_network_t *self, ai_error_type type, ai_error_code code) {
  if (self->error.type == AI_ERROR_NONE) {
    self->error.type = type & 0xFFu;
    self->error.code = code & 0xFFFFFFu;
  }
  return false;
}

static bool is_aligned(const void *pointer) { return (uintptr_t)pointer % ALIGNMENT == 0; }

/* ---- life cycle --------------------------------------------------------------- */

ai_error tl_network_create(tl_network_t *self, const tl_model_t *model, ai_handle *handle) {
  if (handle == NULL) {
    const ai_error error = AI_ERROR_INIT(INVALID_HANDLE, NETWORK);
    return error;
  }
  const tl_network_t created = {
      .model = model,
      .state = TL_NETWORK_CREATED,
      .inputs = self->inputs,
      .outputs = self->outputs,
  };
  *self = created;
  for (ai_u16 i = 0; i < model->n_inputs; ++i) self->inputs[i] = model->inputs[i];
  for (ai_u16 i = 0; i < model->n_outputs; ++i) self->outputs[i] = model->outputs[i];
  *handle = (ai_handle)self;
  return self->error;
}

/* Whether the buffer has at least `bytes` of aligned memory. */
static bool holds(const ai_buffer *buffer, ai_u32 bytes) {
  return buffer->data != NULL && is_aligned(buffer->data) && AI_BUFFER_SIZE(buffer) >= bytes;
}

ai_bool tl_network_init(tl_network_t *self, ai_handle handle, const ai_network_params *params) {
  if (!known(self, handle)) return false;
  self->state = TL_NETWORK_CREATED;
  if (params == NULL) return fail(self, AI_ERROR_INVALID_PARAM, AI_ERROR_CODE_NETWORK_PARAMS);
  /* Weights of another size belong to another network. */
  if (!holds(&params->params, self->model->weights_bytes) ||
      AI_BUFFER_SIZE(&params->params) != self->model->weights_bytes)
    return fail(self, AI_ERROR_INIT_FAILED, AI_ERROR_CODE_NETWORK_WEIGHTS);
  if (!holds(&params->activations, self->model->activations_bytes))
    return fail(self, AI_ERROR_INIT_FAILED, AI_ERROR_CODE_NETWORK_ACTIVATIONS);
  self->weights = params->params.data;
  self->activations = params->activations.data;
  self->state = TL_NETWORK_READY;
  if (self->model->reset != NULL) self->model->reset(self->weights, self->activations);
  return true;
}

static ai_buffer bytes_at(ai_handle data, ai_u32 bytes) {
  const ai_buffer buffer = AI_BUFFER_OBJ_INIT(AI_BUFFER_FORMAT_U8, 1, 1, bytes, 1, data);
  return buffer;
}

ai_error tl_network_create_and_init(tl_network_t *self, const tl_model_t *model,
                                    ai_handle *handle, ai_handle weights,
                                    ai_handle activations) {
  const ai_error error = tl_network_create(self, model, handle);
  if (error.type != AI_ERROR_NONE) return error;
  const ai_network_params params = {
      .params = bytes_at(weights, model->weights_bytes),
      .activations = bytes_at(activations, model->activations_bytes),
  };
  tl_network_init(self, *handle, &params);
  return tl_network_get_error(self, *handle);
}

ai_handle tl_network_destroy(tl_network_t *self, ai_handle handle) {
  if (!known(self, handle)) return handle;
  self->state = TL_NETWORK_ABSENT;
  return AI_HANDLE_NULL;
}

ai_bool tl_network_reset_state(tl_network_t *self, ai_handle handle) {
  if (!known(self, handle)) return false;
  if (self->state != TL_NETWORK_READY)
    return fail(self, AI_ERROR_INVALID_STATE, AI_ERROR_CODE_MISSED_INIT);
  if (self->model->reset != NULL) self->model->reset(self->weights, self->activations);
  return true;
}

/* ---- information -------------------------------------------------------------- */

ai_error tl_network_get_error(tl_network_t *self, ai_handle handle) {
  const ai_error none = AI_ERROR_INIT(NONE, NONE);
  const ai_error unknown = AI_ERROR_INIT(INVALID_HANDLE, NETWORK);
  if (!known(self, handle)) return unknown;
  const ai_error first = self->error;
  self->error = none;
  return first;
}

ai_bool tl_network_get_info(tl_network_t *self, ai_handle handle, ai_network_report *report) {
  if (!known(self, handle) || report == NULL) return false;
  const tl_model_t *model = self->model;
  const ai_platform_version interface = {AI_PLATFORM_API_MAJOR, AI_PLATFORM_API_MINOR,
                                         AI_PLATFORM_API_MICRO, 0};
  const ai_platform_version tools = {AI_TOOLS_API_VERSION_MAJOR, AI_TOOLS_API_VERSION_MINOR,
                                     AI_TOOLS_API_VERSION_MICRO, 0};
  const ai_network_report told = {
      .model_name = model->name,
      .model_signature = model->signature,
      /* No dates: the same model must give the same image. */
      .model_datetime = "",
      .compile_datetime = "",
      .runtime_revision = model->generator,
      .runtime_version = model->generator_version,
      .tool_revision = model->generator,
      .tool_version = model->generator_version,
      .tool_api_version = tools,
      .api_version = interface,
      .interface_api_version = interface,
      .n_macc = model->macc,
      .n_inputs = model->n_inputs,
      .n_outputs = model->n_outputs,
      .inputs = self->inputs,
      .outputs = self->outputs,
      .activations = bytes_at(self->activations, model->activations_bytes),
      .params = bytes_at((ai_handle)(uintptr_t)self->weights, model->weights_bytes),
      .n_nodes = model->nodes,
  };
  *report = told;
  return true;
}

ai_buffer *tl_network_inputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count) {
  if (!known(self, handle)) return NULL;
  if (count != NULL) *count = self->model->n_inputs;
  return self->inputs;
}

ai_buffer *tl_network_outputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count) {
  if (!known(self, handle)) return NULL;
  if (count != NULL) *count = self->model->n_outputs;
  return self->outputs;
}

/* ---- inference ---------------------------------------------------------------- */

/* Checks that `given` has the format of `wanted`, and data; else sets an error of type `side`. */
static bool accept(tl_network_t *self, const ai_buffer *given, const ai_buffer *wanted,
                   ai_error_type side) {
  if (given->data == NULL || !is_aligned(given->data))
    return fail(self, side, AI_ERROR_CODE_INVALID_PTR);
  if (!AI_BUFFER_FMT_SAME(given->format, wanted->format))
    return fail(self, side, AI_ERROR_CODE_INVALID_FORMAT);
  if (AI_BUFFER_SIZE(given) != AI_BUFFER_SIZE(wanted))
    return fail(self, side, AI_ERROR_CODE_INVALID_SIZE);
  if (given->n_batches == 0) return fail(self, side, AI_ERROR_CODE_INVALID_BATCH);
  return true;
}

/* As `accept`, for all buffers of a side; all have as many batches as the first input. */
static bool accept_all(tl_network_t *self, const ai_buffer *given, const ai_buffer *wanted,
                       ai_u16 count, ai_u16 batches, ai_error_type side) {
  for (ai_u16 i = 0; i < count; ++i) {
    if (!accept(self, &given[i], &wanted[i], side)) return false;
    if (given[i].n_batches != batches) return fail(self, side, AI_ERROR_CODE_INVALID_BATCH);
  }
  return true;
}

/* The number of batches; 0 if the network cannot run. */
static ai_u16 batches_of(tl_network_t *self, ai_handle handle, const ai_buffer *inputs) {
  if (!known(self, handle)) return 0;
  if (self->state != TL_NETWORK_READY)
    return fail(self, AI_ERROR_INVALID_STATE, AI_ERROR_CODE_MISSED_INIT);
  if (inputs == NULL) return fail(self, AI_ERROR_INVALID_INPUT, AI_ERROR_CODE_INVALID_PTR);
  const bool accepted = accept_all(self, inputs, self->model->inputs, self->model->n_inputs,
                                   inputs->n_batches, AI_ERROR_INVALID_INPUT);
  return accepted ? inputs->n_batches : 0;
}

static ai_i32 infer(tl_network_t *self, ai_u16 batches, const ai_buffer *inputs,
                    const ai_buffer *outputs) {
  for (ai_u16 batch = 0; batch < batches; ++batch)
    self->model->infer(self->weights, self->activations, inputs, outputs, batch);
  return batches;
}

ai_i32 tl_network_run(tl_network_t *self, ai_handle handle, const ai_buffer *input,
                      const ai_buffer *output) {
  const ai_u16 batches = batches_of(self, handle, input);
  if (batches == 0) return 0;
  if (output == NULL) return fail(self, AI_ERROR_INVALID_OUTPUT, AI_ERROR_CODE_INVALID_PTR);
  if (!accept_all(self, output, self->model->outputs, self->model->n_outputs, batches,
                  AI_ERROR_INVALID_OUTPUT))
    return 0;
  return infer(self, batches, input, output);
}

ai_i32 tl_network_forward(tl_network_t *self, ai_handle handle, const ai_buffer *input) {
  const ai_u16 batches = batches_of(self, handle, input);
  if (batches == 0) return 0;
  /* Without outputs the last layers do not run, and the states would not be as after a run. */
  if (self->model->reset != NULL)
    return fail(self, AI_ERROR_INVALID_OUTPUT, AI_ERROR_CODE_INVALID_PTR);
  return infer(self, batches, input, NULL);
}
