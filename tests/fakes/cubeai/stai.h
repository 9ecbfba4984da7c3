/* Types of the stai interface, as applications use them, in our own words. */
#ifndef STAI_H
#define STAI_H

#include <stdint.h>

#include "stai_version.h"

#define STAI_ALIGNED(x) __attribute__((aligned(x)))
#define STAI_API_ENTRY

typedef uint8_t stai_network;
typedef uint8_t *stai_ptr;
typedef uint32_t stai_size;

typedef enum {
  STAI_SUCCESS = 0,
  STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE = 0x030000,
  STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_PTR = 0x040000,
  STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_NUM = 0x040001,
  STAI_ERROR_NETWORK_INVALID_IN_PTR = 0x040010,
  STAI_ERROR_STAI_INIT_FAILED = 0x060000
} stai_return_code;

typedef enum { STAI_MODE_SYNC = 1, STAI_MODE_ASYNC = 2 } stai_run_mode;

stai_return_code stai_runtime_init(void);

#endif
