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
  ai_u16 n_inputs;
  ai_u16 n_outputs;
  const ai_buffer *inputs; /* shapes and formats, without data */
  const ai_buffer *outputs;
  ai_u32 weights_bytes;
  ai_u32 activations_bytes;
  ai_u32 macc;
  ai_u32 nodes;
  /* One inference, number `batch` of those in the buffers. If `outputs` is NULL, stops before the
     first step that writes to them. */
  void (*infer)(const void *weights, void *activations, const ai_buffer *inputs,
                const ai_buffer *outputs, ai_u32 batch);
  /* Sets the states that are kept between inferences; NULL for a network without any. */
  void (*reset)(const void *weights, void *activations);
} tl_model_t;

/* An address in the activations, and one in the weights. */
#define TL_AT(base_, bytes_) ((void *)((ai_u8 *)(base_) + (bytes_)))
#define TL_IN(base_, bytes_) ((const void *)((const ai_u8 *)(base_) + (bytes_)))

typedef enum { TL_NETWORK_ABSENT, TL_NETWORK_CREATED, TL_NETWORK_READY } tl_network_state_t;

/* A network at run time; all zero before it is created, but for the addresses of its buffers.
   Its own address is the application's handle. */
typedef struct {
  const tl_model_t *model;
  tl_network_state_t state;
  ai_error error; /* the first since it was last read */
  const void *weights;
  void *activations;
  ai_buffer *inputs; /* returned by ai_<name>_inputs_get; as many as the model has */
  ai_buffer *outputs;
} tl_network_t;

/* In all functions, `handle` is the application's argument and is checked against `self`. */
ai_error tl_network_create(tl_network_t *self, const tl_model_t *model, ai_handle *handle);
ai_bool tl_network_init(tl_network_t *self, ai_handle handle, const ai_network_params *params);
ai_error tl_network_create_and_init(tl_network_t *self, const tl_model_t *model,
                                    ai_handle *handle, ai_handle weights,
                                    ai_handle activations);
ai_handle tl_network_destroy(tl_network_t *self, ai_handle handle);
ai_error tl_network_get_error(tl_network_t *self, ai_handle handle);
ai_bool tl_network_reset_state(tl_network_t *self, ai_handle handle);
ai_bool tl_network_get_info(tl_network_t *self, ai_handle handle, ai_network_report *report);
ai_buffer *tl_network_inputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count);
ai_buffer *tl_network_outputs_get(tl_network_t *self, ai_handle handle, ai_u16 *count);
ai_i32 tl_network_run(tl_network_t *self, ai_handle handle, const ai_buffer *input,
                      const ai_buffer *output);
ai_i32 tl_network_forward(tl_network_t *self, ai_handle handle, const ai_buffer *input);

#endif
