/* Inputs and outputs inside the network's activations. Inputs are copied there before each
   inference, because the network reuses their memory; outputs are copied from there after it. */
#ifndef TL_BUFFERS_H
#define TL_BUFFERS_H

#include <stdint.h>
#include <string.h>

#include "tl_names.h"

enum { TL_INPUTS = sizeof((const uint32_t[])TL_INPUT_SIZES) / sizeof(uint32_t) };
enum { TL_OUTPUTS = sizeof((const uint32_t[])TL_OUTPUT_SIZES) / sizeof(uint32_t) };

static const uint32_t tl_input_offsets[] = TL_INPUT_OFFSETS;
static const uint32_t tl_input_sizes[] = TL_INPUT_SIZES;
static const uint32_t tl_output_offsets[] = TL_OUTPUT_OFFSETS;
static const uint32_t tl_output_sizes[] = TL_OUTPUT_SIZES;

/* The addresses that the network reads from and writes to. */
static uint8_t *tl_inputs[TL_INPUTS];
static uint8_t *tl_outputs[TL_OUTPUTS];

UNTIMED static void tl_network_load(void) {
  for (int i = 0; i < TL_INPUTS; ++i) {
    const uint8_t *given = tl_input + tl_input_offsets[i];
    if (tl_inputs[i] != given) memcpy(tl_inputs[i], given, tl_input_sizes[i]);
  }
}

UNTIMED static void tl_network_store(void) {
  for (int i = 0; i < TL_OUTPUTS; ++i) {
    uint8_t *wanted = tl_output + tl_output_offsets[i];
    if (tl_outputs[i] != wanted) memcpy(wanted, tl_outputs[i], tl_output_sizes[i]);
  }
}

#endif
