/* Has ST's runtime show each node's outputs, through the observer of X-CUBE-AI.

   Linked only into images that `tinylab verify` builds. */
#include "tl_st_observer.h"

#include <string.h>

#include "ai_datatypes_internal.h"
#include "ai_platform_interface.h"
#include "core_common.h"
#include "tinylab_observer.h"

static ai_observer_exec_ctx context;

static void show(uint32_t node, const ai_tensor *tensor) {
  const uint32_t bits = AI_TENSOR_FMT_GET_BITS(tensor);
  const uint32_t sign = AI_TENSOR_FMT_GET_SIGN(tensor) ? TL_SIGNED : 0u;
  float scale = 0.0f;
  int32_t zero_point = 0;
  uint32_t floats = 0u;
  if (AI_TENSOR_FMT_GET_TYPE(tensor) == AI_FMT_FLOAT) {
    floats = TL_FLOATS;
  } else {
    scale = AI_TENSOR_INTEGER_GET_SCALE(tensor, 0);
    if (scale != 0.0f && bits == 8u)
      zero_point = sign ? AI_TENSOR_INTEGER_GET_ZEROPOINT_I8(tensor, 0)
                        : AI_TENSOR_INTEGER_GET_ZEROPOINT_U8(tensor, 0);
  }
  uint32_t word;
  memcpy(&word, &scale, sizeof word);
  tl_observation.format = bits | sign | floats;
  tl_observation.scale = word;
  tl_observation.zero_point = (uint32_t)zero_point;
  tl_observe(node, AI_TENSOR_ARRAY_GET_DATA_ADDR(tensor), tensor->data->size * bits / 8u);
}

static ai_u32 after_node(const ai_handle cookie, const ai_u32 flags, const ai_observer_node *node) {
  (void)cookie;
  (void)flags;
  AI_FOR_EACH_TENSOR_LIST_DO(i, tensor, GET_TENSOR_LIST_OUT(node->tensors)) {
    show(node->c_idx + 1u, tensor);
  }
  return 0;
}

int tl_st_observe(ai_handle network) {
  context.on_node = after_node;
  context.flags = AI_OBSERVER_POST_EVT;
  return ai_platform_observer_register_s(network, &context);
}
