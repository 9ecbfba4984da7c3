#include "standin_observer.h"

#include "ai_platform_interface.h"

static ai_observer_exec_ctx *registered;

ai_bool ai_platform_observer_register_s(ai_handle network, ai_observer_exec_ctx *ctx) {
  registered = ctx;
  return network != AI_HANDLE_NULL;
}

void standin_observe(uint32_t node, const void *tensor, uint32_t bytes) {
  if (registered == NULL) return;
  ai_array array = {AI_FMT_FLOAT, 1u, 32u, bytes / 4u, (void *)(uintptr_t)tensor};
  ai_tensor one = {&array};
  ai_tensor *outputs[] = {&one};
  ai_tensor_list lists[] = {{0u, NULL}, {1u, outputs}};
  const ai_tensor_chain chain = {lists};
  const ai_observer_node shown = {(ai_u16)(node - 1u), &chain};
  registered->on_node(registered->cookie, AI_OBSERVER_POST_EVT, &shown);
}
