/* Adapter for the interface of X-CUBE-AI 7 to 10: created and initialised in one call,
   activations in one or more blocks, buffers returned by functions. */
#ifndef TL_ADAPTER_H
#define TL_ADAPTER_H

#include "tl_buffers.h"

__attribute__((section(".activations"))) static tl_arena_t arena;

static ai_handle network = AI_HANDLE_NULL;
static ai_buffer *input, *output;
static ai_i32 batches;

/* Type in the low byte, code above it, as in ai_error; 0 without an error. */
static uint32_t packed(ai_error error) { return error.type | (uint32_t)error.code << 8; }

UNTIMED static uint32_t tl_network_start(void) {
  const ai_handle blocks[] = TL_ARENA_BLOCKS(arena);
  TL_RUNTIME_START();
  const ai_error error = tl_ai(create_and_init)(&network, blocks, NULL);
  if (error.type != AI_ERROR_NONE) return packed(error);
  input = tl_ai(inputs_get)(network, NULL);
  output = tl_ai(outputs_get)(network, NULL);
  if (input == NULL || output == NULL) return packed(tl_ai(get_error)(network));
  for (int i = 0; i < TL_INPUTS; ++i) {
    if (input[i].data == NULL) input[i].data = AI_HANDLE_PTR(tl_input + tl_input_offsets[i]);
    tl_inputs[i] = (uint8_t *)input[i].data;
  }
  for (int i = 0; i < TL_OUTPUTS; ++i) {
    if (output[i].data == NULL) output[i].data = AI_HANDLE_PTR(tl_output + tl_output_offsets[i]);
    tl_outputs[i] = (uint8_t *)output[i].data;
  }
  TL_RUNTIME_OBSERVE(network);
  return 0;
}

/* This is timed. */
static void tl_network_infer(void) { batches = tl_ai(run)(network, input, output); }

static int tl_network_failed(void) { return batches != 1; }

/* The states of ST's code are reset at its start alone. */
static inline void tl_network_reset(void) {}

static uint32_t tl_network_error(void) { return packed(tl_ai(get_error)(network)); }

#endif
