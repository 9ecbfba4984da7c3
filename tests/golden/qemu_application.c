/* Runs the network on the inputs that are linked in; outputs stay in RAM to be looked at. */
#include "network.h"
#include "network_data.h"

extern const ai_float given[];
ai_float outputs[INFERENCES * AI_NETWORK_OUT_1_SIZE];
int finished;

AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];

int main(void) {
  ai_handle network = AI_HANDLE_NULL;
  const ai_error error = ai_network_create(&network, AI_NETWORK_DATA_CONFIG);
  const ai_network_params params = {
      AI_NETWORK_DATA_WEIGHTS(ai_network_data_weights_get()),
      AI_NETWORK_DATA_ACTIVATIONS(activations)};
  if (error.type != AI_ERROR_NONE || !ai_network_init(network, &params)) return 1;
  for (int i = 0; i < INFERENCES; i++) {
    ai_buffer input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
    ai_buffer output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
    input[0].n_batches = output[0].n_batches = 1;
    input[0].data = AI_HANDLE_PTR(given + i * AI_NETWORK_IN_1_SIZE);
    output[0].data = AI_HANDLE_PTR(outputs + i * AI_NETWORK_OUT_1_SIZE);
    finished += ai_network_run(network, input, output);
  }
  return 0;
}
