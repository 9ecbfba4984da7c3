/*
 * The implementation of every generated network's functions: the life cycle, its checks and
 * its errors, as documented by X-CUBE-AI. A generated network supplies a model and an instance.
 */
#ifndef TL_NETWORK_H
#define TL_NETWORK_H

#include "ai_platform.h"

/* The constant properties of a generated network. */
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
  /* One inference. If `output` is NULL, stops before the first step that writes to it. */
  void (*infer)(const float *weights, float *activations, const float *input, float *output);
} tl_model_t;

typedef enum { TL_NETWORK_ABSENT, TL_NETWORK_CREATED, TL_NETWORK_READY } tl_network_state_t;

/* A network at run time; all zero before it is created. Its address is the application's
   handle. */
typedef struct {
  const tl_model_t *model;
  tl_network_state_t state;
  ai_error error; /* the first since it was last read */
  const float *weights;
  float *activations;
  ai_buffer input; /* returned by ai_<name>_inputs_get */
  ai_buffer output;
} tl_network_t;

/* In all functions, `handle` is the application's argument and is checked against `self`. */
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
