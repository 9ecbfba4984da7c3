/* An application in the manner of X-CUBE-AI 7: created and initialised at once, buffers asked
   for; inputs from stdin, outputs to stdout, and the report on stderr. */
#include <stdio.h>

#include "ai_platform.h"
#include "network.h"
#include "network_data.h"

AI_ALIGNED(32) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATION_1_SIZE];
AI_ALIGNED(4) static ai_float in_data[AI_NETWORK_IN_1_SIZE];
AI_ALIGNED(4) static ai_float out_data[AI_NETWORK_OUT_1_SIZE];

static void print(const char *name, const ai_buffer *buffer) {
  fprintf(stderr, "%s %u %u %u %u\n", name, (unsigned)AI_BUFFER_HEIGHT(buffer),
          (unsigned)AI_BUFFER_WIDTH(buffer), (unsigned)AI_BUFFER_CHANNELS(buffer),
          (unsigned)AI_BUFFER_BYTE_SIZE(AI_BUFFER_SIZE(buffer), buffer->format));
}

static void print_report(ai_handle network) {
  ai_network_report report;
  if (!ai_network_get_report(network, &report)) return;
  fprintf(stderr, "model %s\nsignature %s\ntool %s\n", report.model_name, report.model_signature,
          report.tool_revision);
  fprintf(stderr, "macc " AIU32_FMT "\nnodes " AIU32_FMT "\n", report.n_macc, report.n_nodes);
  fprintf(stderr, "buffers %u %u\n", report.n_inputs, report.n_outputs);
  print("input", &report.inputs[0]);
  print("output", &report.outputs[0]);
  print("activations", &report.activations);
  print("params", &report.params);
}

int main(void) {
  ai_handle network = AI_HANDLE_NULL;
  const ai_handle arenas[AI_NETWORK_DATA_ACTIVATIONS_COUNT] = {activations};
  const ai_error error = ai_network_create_and_init(&network, arenas, NULL);
  if (error.type != AI_ERROR_NONE) return 1;
  print_report(network);
  ai_u16 count = 0;
  ai_buffer *input = ai_network_inputs_get(network, &count);
  ai_buffer *output = ai_network_outputs_get(network, NULL);
  if (count != AI_NETWORK_IN_NUM) return 1;
  input[0].data = AI_HANDLE_PTR(in_data);
  output[0].data = AI_HANDLE_PTR(out_data);
  while (fread(in_data, AI_NETWORK_IN_1_SIZE_BYTES, 1, stdin) == 1) {
    if (ai_network_run(network, &input[0], &output[0]) != 1) return 1;
    fwrite(out_data, AI_NETWORK_OUT_1_SIZE_BYTES, 1, stdout);
  }
  return 0;
}
