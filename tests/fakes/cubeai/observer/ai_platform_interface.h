/* The stand-in's part of ST's interface to tensors and nodes: names as there, contents its own. */
#ifndef AI_PLATFORM_INTERFACE_H
#define AI_PLATFORM_INTERFACE_H

#include "ai_platform.h"

#define AI_FMT_FLOAT 1u
#define AI_OBSERVER_POST_EVT (1u << 2)

typedef struct {
  ai_u32 type, sign, bits;
  ai_u32 size; /* in elements */
  void *data;
} ai_array;

typedef struct {
  ai_array *data;
} ai_tensor;

typedef struct {
  ai_u16 size;
  ai_tensor **tensor;
} ai_tensor_list;

typedef struct {
  ai_tensor_list *chain; /* inputs, outputs */
} ai_tensor_chain;

typedef struct {
  ai_u16 c_idx;
  const ai_tensor_chain *tensors;
} ai_observer_node;

typedef ai_u32 (*ai_observer_node_cb)(const ai_handle cookie, const ai_u32 flags,
                                      const ai_observer_node *node);

typedef struct {
  ai_observer_node_cb on_node;
  ai_handle cookie;
  ai_u32 flags;
} ai_observer_exec_ctx;

#define AI_TENSOR_FMT_GET_BITS(tensor_) ((tensor_)->data->bits)
#define AI_TENSOR_FMT_GET_SIGN(tensor_) ((tensor_)->data->sign)
#define AI_TENSOR_FMT_GET_TYPE(tensor_) ((tensor_)->data->type)
#define AI_TENSOR_ARRAY_GET_DATA_ADDR(tensor_) ((tensor_)->data->data)
#define AI_TENSOR_INTEGER_GET_SCALE(tensor_, index_) 0.0f
#define AI_TENSOR_INTEGER_GET_ZEROPOINT_I8(tensor_, index_) 0
#define AI_TENSOR_INTEGER_GET_ZEROPOINT_U8(tensor_, index_) 0

ai_bool ai_platform_observer_register_s(ai_handle network, ai_observer_exec_ctx *ctx);

#endif
