/* Runs a network of any inputs and outputs on their stored bytes: all inputs of an inference
   from stdin, one after another, then all its outputs to stdout. */
#include <stdio.h>
#include <stdlib.h>

#include "network.h"
#include "network_data.h"

AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];
static const ai_u32 in_bytes[] = AI_NETWORK_IN_SIZE_BYTES;
static const ai_u32 out_bytes[] = AI_NETWORK_OUT_SIZE_BYTES;

static void place(ai_buffer *buffer, ai_u32 bytes) {
  buffer->data = AI_HANDLE_PTR(malloc(bytes + 4));
  if (buffer->data == NULL) exit(3);
}

int main(void) {
  ai_handle network = AI_HANDLE_NULL;
  const ai_handle arena[] = {activations};
  ai_buffer input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
  ai_buffer output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
  if (ai_network_create_and_init(&network, arena, NULL).type != AI_ERROR_NONE) return 1;
  for (int i = 0; i < AI_NETWORK_IN_NUM; ++i) place(&input[i], in_bytes[i]);
  for (int i = 0; i < AI_NETWORK_OUT_NUM; ++i) place(&output[i], out_bytes[i]);
  for (;;) {
    for (int i = 0; i < AI_NETWORK_IN_NUM; ++i)
      if (fread(input[i].data, in_bytes[i], 1, stdin) != 1) {
        for (int j = 0; j < AI_NETWORK_IN_NUM; ++j) free(input[j].data);
        for (int j = 0; j < AI_NETWORK_OUT_NUM; ++j) free(output[j].data);
        return 0;
      }
    if (ai_network_run(network, input, output) != 1) return 2;
    for (int i = 0; i < AI_NETWORK_OUT_NUM; ++i)
      if (fwrite(output[i].data, out_bytes[i], 1, stdout) != 1) return 4;
  }
}
