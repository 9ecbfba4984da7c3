/* Runs a network of one input and output on the stored bytes that are linked in, which begin at
   multiples of 4; outputs stay in RAM to be looked at, and what is around the memory it works in. */
#include "network.h"
#include "network_data.h"

#define ALIGNED_UP(bytes) (((bytes) + 3) / 4 * 4)
enum { AROUND = 64, MARK = 0xA5 };

extern const ai_u8 given[];
AI_ALIGNED(4) ai_u8 outputs[INFERENCES * ALIGNED_UP(STORED_OUT_BYTES) + AROUND];
int finished, unharmed;

AI_ALIGNED(4) static ai_u8 activations[AROUND + AI_NETWORK_DATA_ACTIVATIONS_SIZE + AROUND];

static void mark(ai_u8 *at) {
  for (int i = 0; i < AROUND; ++i) at[i] = MARK;
}

static int is_marked(const ai_u8 *at) {
  for (int i = 0; i < AROUND; ++i)
    if (at[i] != MARK) return 0;
  return 1;
}

int main(void) {
  ai_u8 *behind = activations + sizeof activations - AROUND;
  ai_u8 *last = outputs + sizeof outputs - AROUND;
  ai_handle network = AI_HANDLE_NULL;
  const ai_handle arena[] = {activations + AROUND};
  mark(activations);
  mark(behind);
  mark(last);
  if (ai_network_create_and_init(&network, arena, NULL).type != AI_ERROR_NONE) return 1;
  for (int i = 0; i < INFERENCES; i++) {
    ai_buffer input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
    ai_buffer output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
    input[0].data = AI_HANDLE_PTR(given + i * ALIGNED_UP(STORED_IN_BYTES));
    output[0].data = AI_HANDLE_PTR(outputs + i * ALIGNED_UP(STORED_OUT_BYTES));
    finished += ai_network_run(network, input, output);
  }
  unharmed = is_marked(activations) && is_marked(behind) && is_marked(last);
  return 0;
}
