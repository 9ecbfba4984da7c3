/*
 * What the functions of every generated network do: the life cycle, its checks and its
 * errors, as X-CUBE-AI documents them. A generated network supplies a model and a place.
 */
#ifndef TL_NETWORK_H
#define TL_NETWORK_H

#include "ai_platform.h"

/* What is known of a network when it is generated. */
typedef struct {
  const char *name;
  const char *signature; /* hash of the model file */
  const char *generator;
  ai_platform_version generator_version;
  ai_buffer input;  /* shape and format, without data */
  ai_buffer output;
  ai_u32 weights_bytes;
  ai_u32 activations_bytes;
  ai_u32 macc;
  ai_u32 nodes;
  /* One inference. With `output` NULL, everything that does not need it. */
  void (*infer)(const float *weights, float *activations, const float *input, float *output);
} tl_model_t;

typedef enum { TL_NETWORK_ABSENT, TL_NETWORK_CREATED, TL_NETWORK_READY } tl_network_state_t;

/* A network at run time; all zero before it is created. The handle that the application
   holds is its address. */
typedef struct {
  const tl_model_t *model;
  tl_network_state_t state;
  ai_error error; /* the first since the last question */
  const float *weights;
  float *activations;
  ai_buffer input; /* what ai_<name>_inputs_get gives out */
  ai_buffer output;
} tl_network_t;

/* In all of them `handle` is what the application passed, and is checked against `self`. */
ai_error tl_network_create(tl_network_t *self, const tl_model_t *model, ai_handle *handle);
ai_bool tl_network_init(tl_network_t *self, ai_handle handle, const ai_network_params *params);
ai_error tl_network_create_and_init(tl_network_t *self, const tl_model_t *model,
                                    ai_handle *handle, ai_handle weights,
                                    ai_handle activations);
ai_handle tl_network_destroy(tl_network_t *self, ai_handle handle);
ai_error tl_network_get_error(tl_network_t *self, ai_handle handle);
ai_bool tl_network_get_info(tl_network_t *self, ai_handle handle, ai_network_report *report);
ai_buffer *tl_network_inputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count);
ai_buffer *tl_network_outputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count);
ai_i32 tl_network_run(tl_network_t *self, ai_handle handle, const ai_buffer *input,
                      const ai_buffer *output);
ai_i32 tl_network_forward(tl_network_t *self, ai_handle handle, const ai_buffer *input);

#endif
