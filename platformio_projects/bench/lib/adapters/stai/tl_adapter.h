/* Adapter for the interface of ST Edge AI Core: a context owned by the application, functions
   that set and return addresses, and a return code from every call. */
#ifndef TL_ADAPTER_H
#define TL_ADAPTER_H

#include "tl_buffers.h"

__attribute__((section(".activations"))) static tl_arena_t arena;
#if TL_STATE_BLOCKS
static tl_states_t states;
#endif

static STAI_ALIGNED(32) stai_network context[TL_STAI(CONTEXT_SIZE)];
static stai_return_code result;

/* If the network has no address for a buffer yet, the host's buffer is used. */
UNTIMED static int complete(stai_ptr *addresses, uint8_t *block, const uint32_t *offsets, int count) {
  int missing = 0;
  for (int i = 0; i < count; ++i) {
    if (addresses[i] != NULL) continue;
    addresses[i] = block + offsets[i];
    missing = 1;
  }
  return missing;
}

UNTIMED static stai_return_code place_buffers(void) {
  stai_size count = TL_INPUTS;
  if (tl_stai(get_inputs)(context, tl_inputs, &count)) return tl_stai(get_error)(context);
  count = TL_OUTPUTS;
  if (tl_stai(get_outputs)(context, tl_outputs, &count)) return tl_stai(get_error)(context);
  stai_return_code code = STAI_SUCCESS;
  if (complete(tl_inputs, tl_input, tl_input_offsets, TL_INPUTS))
    code = tl_stai(set_inputs)(context, tl_inputs, TL_INPUTS);
  if (code == STAI_SUCCESS && complete(tl_outputs, tl_output, tl_output_offsets, TL_OUTPUTS))
    code = tl_stai(set_outputs)(context, tl_outputs, TL_OUTPUTS);
  return code;
}

UNTIMED static uint32_t tl_network_start(void) {
  const stai_ptr blocks[] = TL_ARENA_BLOCKS(arena);
  TL_RUNTIME_START();
  stai_return_code code = stai_runtime_init();
  if (code == STAI_SUCCESS) code = tl_stai(init)(context);
  if (code == STAI_SUCCESS)
    code = tl_stai(set_activations)(context, blocks, sizeof blocks / sizeof *blocks);
#if TL_STATE_BLOCKS
  const stai_ptr kept[] = TL_STATES_BLOCKS(states);
  if (code == STAI_SUCCESS)
    code = tl_stai(set_states)(context, kept, sizeof kept / sizeof *kept);
#endif
  if (code == STAI_SUCCESS) code = place_buffers();
  return (uint32_t)code;
}

/* This is timed. */
static void tl_network_infer(void) { result = tl_stai(run)(context, STAI_MODE_SYNC); }

static int tl_network_failed(void) { return result != STAI_SUCCESS; }

/* The states of ST's code are reset at its start alone. */
static inline void tl_network_reset(void) {}

static uint32_t tl_network_error(void) { return (uint32_t)result; }

#endif
