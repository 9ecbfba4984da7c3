/* Adapter for the interface of X-CUBE-AI 5 and 6, which tinylab's own generated code also
   has: create, then initialise; buffers belong to the application. */
#ifndef TL_ADAPTER_H
#define TL_ADAPTER_H

#include "tl_names.h"

__attribute__((section(".activations"), aligned(32))) static ai_u8
    activations[TL_AI(DATA_ACTIVATIONS_SIZE) > 0 ? TL_AI(DATA_ACTIVATIONS_SIZE) : 4];

static ai_handle network = AI_HANDLE_NULL;
static ai_buffer input[TL_AI(IN_NUM)] = TL_AI(IN);
static ai_buffer output[TL_AI(OUT_NUM)] = TL_AI(OUT);
static ai_i32 batches;

/* Type in the low byte, code above it, as in ai_error; 0 without an error. */
static uint32_t packed(ai_error error) { return error.type | (uint32_t)error.code << 8; }

UNTIMED static uint32_t tl_network_start(void) {
  static const uint32_t in[] = TL_INPUT_OFFSETS, out[] = TL_OUTPUT_OFFSETS;
  TL_RUNTIME_START();
  const ai_error error = tl_ai(create)(&network, TL_AI(DATA_CONFIG));
  if (error.type != AI_ERROR_NONE) return packed(error);
  const ai_network_params parameters =
      AI_NETWORK_PARAMS_INIT(TL_AI(DATA_WEIGHTS)(tl_ai(data_weights_get)()),
                             TL_AI(DATA_ACTIVATIONS)(activations));
  if (!tl_ai(init)(network, &parameters)) return packed(tl_ai(get_error)(network));
  for (int i = 0; i < TL_AI(IN_NUM); ++i) input[i].data = AI_HANDLE_PTR(tl_input + in[i]);
  for (int i = 0; i < TL_AI(OUT_NUM); ++i) output[i].data = AI_HANDLE_PTR(tl_output + out[i]);
  TL_RUNTIME_OBSERVE(network);
  return 0;
}

/* This is timed. */
static void tl_network_infer(void) { batches = tl_ai(run)(network, input, output); }

static int tl_network_failed(void) { return batches != 1; }

static uint32_t tl_network_error(void) { return packed(tl_ai(get_error)(network)); }

static inline void tl_network_reset(void) { TL_RESET_STATE(network); }

/* The network reads and writes the host's buffers directly. */
static inline void tl_network_load(void) {}
static inline void tl_network_store(void) {}

#endif
