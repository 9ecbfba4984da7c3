/* What the stand-in's generated code asks of its library. */
#ifndef STANDIN_RUNTIME_H
#define STANDIN_RUNTIME_H

#include "ai_platform.h"

/* Like ST's runtime: is the CRC unit there, and does it count? */
int standin_on_st_silicon(void);

/* Real values of quantised ones, and back; `bits` is 8, `low` the least value. */
void standin_dequantise(const void *from, float *to, int count, float scale, int zero, int low);
void standin_quantise(const float *from, void *to, int count, float scale, int zero, int low);

/* Declarations that generated code is full of, and that say nothing to this library. */
#define AI_STATIC static
#define AI_STATIC_CONST static const
#define AI_ARRAY_OBJ_DECLARE(...)
#define AI_TENSOR_OBJ_DECLARE(...)
#define AI_INTQ_INFO_LIST_OBJ_DECLARE(...)
#define AI_LAYER_OBJ_DECLARE(...)
#define AI_NETWORK_OBJ_DECLARE(...)

#endif
