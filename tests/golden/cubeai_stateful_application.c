/* As cubeai_stored_application.c; resets the network's states after every 6 inferences. */
#include <stdio.h>

#include "network.h"
#include "network_data.h"

AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];
static const ai_u32 in_bytes[] = AI_NETWORK_IN_SIZE_BYTES;
static const ai_u32 out_bytes[] = AI_NETWORK_OUT_SIZE_BYTES;
AI_ALIGNED(4) static ai_u8 tensors[AI_NETWORK_IN_NUM + AI_NETWORK_OUT_NUM][1 << 16];

int main(void) {
  ai_handle network = AI_HANDLE_NULL;
  const ai_handle arena[] = {activations};
  ai_buffer input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
  ai_buffer output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
  if (ai_network_reset_state(network)) return 5;
  if (ai_network_create_and_init(&network, arena, NULL).type != AI_ERROR_NONE) return 1;
  for (int i = 0; i < AI_NETWORK_IN_NUM; ++i) input[i].data = AI_HANDLE_PTR(tensors[i]);
  for (int i = 0; i < AI_NETWORK_OUT_NUM; ++i)
    output[i].data = AI_HANDLE_PTR(tensors[AI_NETWORK_IN_NUM + i]);
  for (int done = 0;; ++done) {
    if (done > 0 && done % 6 == 0 && !ai_network_reset_state(network)) return 6;
    for (int i = 0; i < AI_NETWORK_IN_NUM; ++i)
      if (fread(input[i].data, in_bytes[i], 1, stdin) != 1) return 0;
    if (ai_network_forward(network, input)) return 7; /* it would change half of the states */
    if (ai_network_get_error(network).type != AI_ERROR_INVALID_OUTPUT) return 8;
    if (ai_network_run(network, input, output) != 1) return 2;
    for (int i = 0; i < AI_NETWORK_OUT_NUM; ++i)
      if (fwrite(output[i].data, out_bytes[i], 1, stdout) != 1) return 4;
  }
}
