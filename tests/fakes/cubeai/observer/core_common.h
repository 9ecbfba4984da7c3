#ifndef CORE_COMMON_H
#define CORE_COMMON_H

#include "ai_platform_interface.h"

#define GET_TENSOR_LIST_OUT(chain_) (&(chain_)->chain[1])
#define AI_FOR_EACH_TENSOR_LIST_DO(index_, tensor_, list_) \
  ai_tensor_list *list = (list_);                          \
  ai_tensor *tensor_ = list->tensor[0];                    \
  for (ai_u32 index_ = 0; index_ < list->size && (tensor_ = list->tensor[index_]); ++index_)

#endif
