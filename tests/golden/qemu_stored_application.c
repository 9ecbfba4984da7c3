/* Runs a network of one input and output on stored bytes that are linked in, each at a multiple
   of four; outputs stay in RAM to be looked at. */
#include "network.h"
#include "network_data.h"

extern const ai_u8 given[];
enum {
  IN_BYTES = (AI_NETWORK_IN_1_SIZE_BYTES + 3) / 4 * 4,
  OUT_BYTES = AI_NETWORK_OUT_1_SIZE_BYTES / 4 * 4 + 4 /* at least one byte between */
};
AI_ALIGNED(4) ai_u8 outputs[INFERENCES * OUT_BYTES];
int finished;

AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];

int main(void) {
  ai_handle network = AI_HANDLE_NULL;
  const ai_handle arena[] = {activations};
  if (ai_network_create_and_init(&network, arena, NULL).type != AI_ERROR_NONE) return 1;
  for (int i = 0; i < (int)sizeof(outputs); i++) outputs[i] = 0x5a;
  for (int i = 0; i < INFERENCES; i++) {
    ai_buffer input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
    ai_buffer output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
    input[0].n_batches = output[0].n_batches = 1;
    input[0].data = AI_HANDLE_PTR(given + i * IN_BYTES);
    output[0].data = AI_HANDLE_PTR(outputs + i * OUT_BYTES);
    finished += ai_network_run(network, input, output);
  }
  return 0;
}
