/* An application as one writes it for X-CUBE-AI 6.0: inputs from stdin, outputs to stdout,
   both as float32, one inference after another. */
#include <stdio.h>
#include <stdlib.h>

#include "ai_platform.h"
#include "network.h"
#include "network_data.h"

static ai_handle network = AI_HANDLE_NULL;
static ai_network_report report;

AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];
AI_ALIGNED(4) static ai_float in_data[AI_NETWORK_IN_1_SIZE];
AI_ALIGNED(4) static ai_float out_data[AI_NETWORK_OUT_1_SIZE];

static void give_up(const char *where, ai_error error) {
  fprintf(stderr, "%s: type=0x%02x code=0x%02x\n", where, (unsigned)error.type,
          (unsigned)error.code);
  exit(1);
}

static void ai_init(ai_handle weights, ai_handle arena) {
  ai_error error = ai_network_create(&network, AI_NETWORK_DATA_CONFIG);
  if (error.type != AI_ERROR_NONE) give_up("create", error);
  const ai_network_params params = {AI_NETWORK_DATA_WEIGHTS(weights),
                                    AI_NETWORK_DATA_ACTIVATIONS(arena)};
  if (!ai_network_init(network, &params)) give_up("init", ai_network_get_error(network));
  if (!ai_network_get_info(network, &report)) give_up("info", ai_network_get_error(network));
}

static void ai_infer(ai_float *in, ai_float *out) {
  ai_buffer ai_input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
  ai_buffer ai_output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
  ai_input[0].n_batches = 1;
  ai_input[0].data = AI_HANDLE_PTR(in);
  ai_output[0].n_batches = 1;
  ai_output[0].data = AI_HANDLE_PTR(out);
  if (ai_network_run(network, ai_input, ai_output) != 1)
    give_up("run", ai_network_get_error(network));
}

int main(void) {
  ai_init(ai_network_data_weights_get(), activations);
  while (fread(in_data, AI_NETWORK_IN_1_SIZE_BYTES, 1, stdin) == 1) {
    ai_infer(in_data, out_data);
    fwrite(out_data, AI_NETWORK_OUT_1_SIZE_BYTES, 1, stdout);
  }
  return ai_network_destroy(network) == AI_HANDLE_NULL ? 0 : 2;
}
