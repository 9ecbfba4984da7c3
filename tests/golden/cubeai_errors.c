/* Everything an application can do wrong with X-CUBE-AI's interface; one line on stdout for
   each: what was done, what was returned, type and code of the error. */
#include <inttypes.h>
#include <stdio.h>

#include "ai_platform.h"
#include "network.h"
#include "network_data.h"

static ai_handle network = AI_HANDLE_NULL;
AI_ALIGNED(4) static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE + 4];
static ai_float in_data[2 * AI_NETWORK_IN_1_SIZE];
static ai_float out_data[2 * AI_NETWORK_OUT_1_SIZE];

static void tell(const char *what, long result, ai_error error) {
  printf("%s: %ld 0x%02x 0x%02x\n", what, result, (unsigned)error.type, (unsigned)error.code);
}

static void init(const char *what, ai_buffer weights, ai_buffer arena) {
  const ai_network_params params = AI_NETWORK_PARAMS_INIT(weights, arena);
  const ai_bool done = ai_network_init(network, &params);
  tell(what, done, ai_network_get_error(network));
}

static void run(const char *what, const ai_buffer *in, ai_buffer *out) {
  const ai_i32 batches = ai_network_run(network, in, out);
  tell(what, (long)batches, ai_network_get_error(network));
}

static void wrong_handles(void) {
  ai_network_report report;
  tell("no place for the handle", 0, ai_network_create(NULL, AI_NETWORK_DATA_CONFIG));
  tell("error of no network", 0, ai_network_get_error(AI_HANDLE_NULL));
  tell("error of a stranger", 0, ai_network_get_error(activations));
  tell("info of no network", ai_network_get_info(AI_HANDLE_NULL, &report), (ai_error){0, 0});
  tell("run of no network", (long)ai_network_run(AI_HANDLE_NULL, NULL, NULL), (ai_error){0, 0});
  tell("destroy a stranger", ai_network_destroy(activations) == activations, (ai_error){0, 0});
}

static void wrong_order(ai_buffer *in, ai_buffer *out) {
  run("run before init", in, out);
  run("first of two errors", in, out);
  ai_network_run(network, in, out);
  ai_network_run(network, NULL, out);
  tell("the first is kept", 0, ai_network_get_error(network));
  tell("and then forgotten", 0, ai_network_get_error(network));
  const ai_i32 batches = ai_network_forward(network, in);
  tell("forward before init", (long)batches, ai_network_get_error(network));
}

static void wrong_memory(void) {
  const ai_buffer weights = AI_NETWORK_DATA_WEIGHTS(ai_network_data_weights_get());
  const ai_buffer arena = AI_NETWORK_DATA_ACTIVATIONS(activations);
  const ai_bool done = ai_network_init(network, NULL);
  tell("init with nothing", done, ai_network_get_error(network));
  ai_buffer wrong = weights;
  wrong.data = NULL;
  init("no weights", wrong, arena);
  wrong = weights;
  wrong.channels -= 4;
  init("weights too small", wrong, arena);
  wrong.channels += 8;
  init("weights of another network", wrong, arena);
  wrong = weights;
  wrong.data = (ai_u8 *)wrong.data + 2;
  init("weights on an odd halfword", wrong, arena);
  wrong = arena;
  wrong.data = NULL;
  init("no activations", weights, wrong);
  wrong = arena;
  wrong.channels -= 1;
  init("activations too small", weights, wrong);
  wrong = arena;
  wrong.data = activations + 1;
  init("activations on an odd address", weights, wrong);
  init("all right", weights, arena);
}

static void create_and_init(const char *what, const ai_handle arena[], const ai_handle weights[]) {
  ai_handle made = AI_HANDLE_NULL;
  tell(what, 0, ai_network_create_and_init(&made, arena, weights));
}

/* Both steps in one call; activations and weights are lists of addresses. */
static void wrong_addresses(void) {
  const ai_handle weights[] = {ai_network_data_weights_get()}, odd[] = {activations + 2};
  const ai_handle arena[] = {activations}, none[] = {AI_HANDLE_NULL};
  tell("nowhere to create", 0, ai_network_create_and_init(NULL, arena, weights));
  create_and_init("no list of activations", NULL, weights);
  create_and_init("no activations in the list", none, weights);
  create_and_init("activations on an odd halfword", odd, weights);
  create_and_init("weights of activations", arena, odd);
  create_and_init("own weights", arena, NULL);
  create_and_init("own weights, too", arena, none);
  create_and_init("all right at once", arena, weights);
}

static void wrong_input(ai_buffer in, ai_buffer *out) {
  run("no input", NULL, out);
  ai_buffer wrong = in;
  wrong.data = NULL;
  run("input without data", &wrong, out);
  wrong.data = (ai_u8 *)in.data + 1;
  run("input on an odd address", &wrong, out);
  wrong = in;
  wrong.format = AI_BUFFER_FORMAT_U8;
  run("input of bytes", &wrong, out);
  wrong = in;
  wrong.channels += 1;
  run("input too large", &wrong, out);
  wrong.channels -= 2;
  run("input too small", &wrong, out);
  wrong = in;
  wrong.n_batches = 0;
  run("no batches", &wrong, out);
}

static void wrong_output(const ai_buffer *in, ai_buffer out) {
  run("no output", in, NULL);
  ai_buffer wrong = out;
  wrong.data = NULL;
  run("output without data", in, &wrong);
  wrong.data = (ai_u8 *)out.data + 2;
  run("output on an odd halfword", in, &wrong);
  wrong = out;
  wrong.format = AI_BUFFER_FORMAT_S8;
  run("output of bytes", in, &wrong);
  wrong = out;
  wrong.width += 1;
  run("output too large", in, &wrong);
  wrong = out;
  wrong.channels -= 1;
  run("output too small", in, &wrong);
  wrong = out;
  wrong.n_batches = 2;
  run("more outputs than inputs", in, &wrong);
}

int main(void) {
  ai_buffer ai_input[AI_NETWORK_IN_NUM] = AI_NETWORK_IN;
  ai_buffer ai_output[AI_NETWORK_OUT_NUM] = AI_NETWORK_OUT;
  ai_input[0].data = AI_HANDLE_PTR(in_data);
  ai_output[0].data = AI_HANDLE_PTR(out_data);
  wrong_handles();
  tell("create", 0, ai_network_create(&network, AI_NETWORK_DATA_CONFIG));
  wrong_order(ai_input, ai_output);
  wrong_memory();
  wrong_addresses();
  wrong_input(ai_input[0], ai_output);
  wrong_output(ai_input, ai_output[0]);
  run("one batch", ai_input, ai_output);
  ai_input[0].n_batches = 2;
  ai_output[0].n_batches = 2;
  run("two batches", ai_input, ai_output);
  const ai_i32 batches = ai_network_forward(network, ai_input);
  tell("forward", (long)batches, ai_network_get_error(network));
  tell("destroy", ai_network_destroy(network) == AI_HANDLE_NULL, (ai_error){0, 0});
  run("run after destroy", ai_input, ai_output);
  return 0;
}
