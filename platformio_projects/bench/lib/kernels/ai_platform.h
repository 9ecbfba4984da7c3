/*
 * Types and macros of the Cube.AI public interface that application code uses.
 *
 * Names, values and the layout of the structures follow the interface that
 * X-CUBE-AI 6.0 publishes (platform API 1.1), so that an application written for it
 * compiles unchanged. The text is tinylab's own, under tinylab's licence.
 */
#ifndef AI_PLATFORM_H
#define AI_PLATFORM_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define AI_API_DECLARE_BEGIN extern "C" {
#define AI_API_DECLARE_END }
#else
#include <stdbool.h>
#define AI_API_DECLARE_BEGIN
#define AI_API_DECLARE_END
#endif

/* ---- versions ---------------------------------------------------------------- */

#define AI_VERSION(major_, minor_, micro_) (((major_) << 24) | ((minor_) << 16) | ((micro_) << 8))

/* network_config.h may already define these. */
#ifndef AI_PLATFORM_API_MAJOR
#define AI_PLATFORM_API_MAJOR (1)
#define AI_PLATFORM_API_MINOR (1)
#define AI_PLATFORM_API_MICRO (0)
#endif
#ifndef AI_TOOLS_API_VERSION_MAJOR
#define AI_TOOLS_API_VERSION_MAJOR (1)
#define AI_TOOLS_API_VERSION_MINOR (4)
#define AI_TOOLS_API_VERSION_MICRO (0)
#endif

#define AI_PLATFORM_API_VERSION \
  AI_VERSION(AI_PLATFORM_API_MAJOR, AI_PLATFORM_API_MINOR, AI_PLATFORM_API_MICRO)
#define AI_TOOLS_API_VERSION \
  AI_VERSION(AI_TOOLS_API_VERSION_MAJOR, AI_TOOLS_API_VERSION_MINOR, AI_TOOLS_API_VERSION_MICRO)
#define AI_TOOLS_API_VERSION_1_3 AI_VERSION(1, 3, 0)

/* ---- compiler ---------------------------------------------------------------- */

#define AI_CONCAT_ARG(a, b) a##b
#define AI_CONCAT(a, b) AI_CONCAT_ARG(a, b)
#define AI_UNUSED(x) (void)(x);
#define AI_DEPRECATED
#define AI_LEGACY
#define AI_API_ENTRY __attribute__((visibility("default")))
#define AI_ALIGNED(x) __attribute__((aligned(x)))
#define AI_STRUCT_INIT {0}
#define AI_C_ARRAY_INIT {0}

/* ---- scalars ----------------------------------------------------------------- */

typedef bool ai_bool;
typedef float ai_float;
typedef double ai_double;
typedef int ai_int;
typedef unsigned int ai_uint;
typedef int8_t ai_i8;
typedef int16_t ai_i16;
typedef int32_t ai_i32;
typedef int64_t ai_i64;
typedef uint8_t ai_u8;
typedef uint16_t ai_u16;
typedef uint32_t ai_u32;
typedef uint64_t ai_u64;
typedef uint32_t ai_size;
typedef uintptr_t ai_uptr;
typedef uint32_t ai_signature;
typedef uint8_t ai_custom_type_signature;
typedef void *ai_handle;
typedef void (*ai_handle_func)(void *);

#define AI_HANDLE_PTR(ptr_) ((ai_handle)(ptr_))
#define AI_HANDLE_NULL AI_HANDLE_PTR(NULL)
#define AI_HANDLE_FUNC_PTR(func) ((ai_handle_func)(func))

#define AI_IS_UNSIGNED(type) ((((type)0) - 1) > 0)
#define AI_CUSTOM_SIZE(type) \
  ((ai_custom_type_signature)((sizeof(type) & 0x7f) | (AI_IS_UNSIGNED(type) ? 0x80 : 0)))

#define AII32_FMT "%" PRId32
#define AIU32_FMT "%" PRIu32
#define SSIZET_FMT AIU32_FMT
#define AI_ERROR_FMT AIU32_FMT

/* ---- errors ------------------------------------------------------------------ */

typedef enum {
  AI_ERROR_NONE = 0x00,
  AI_ERROR_TOOL_PLATFORM_API_MISMATCH = 0x01,
  AI_ERROR_TYPES_MISMATCH = 0x02,
  AI_ERROR_INVALID_HANDLE = 0x10,
  AI_ERROR_INVALID_STATE = 0x11,
  AI_ERROR_INVALID_INPUT = 0x12,
  AI_ERROR_INVALID_OUTPUT = 0x13,
  AI_ERROR_INVALID_PARAM = 0x14,
  AI_ERROR_INVALID_SIGNATURE = 0x15,
  AI_ERROR_INIT_FAILED = 0x30,
  AI_ERROR_ALLOCATION_FAILED = 0x31,
  AI_ERROR_DEALLOCATION_FAILED = 0x32,
  AI_ERROR_CREATE_FAILED = 0x33
} ai_error_type;

typedef enum {
  AI_ERROR_CODE_NONE = 0x0000,
  AI_ERROR_CODE_NETWORK = 0x0010,
  AI_ERROR_CODE_NETWORK_PARAMS = 0x0011,
  AI_ERROR_CODE_NETWORK_WEIGHTS = 0x0012,
  AI_ERROR_CODE_NETWORK_ACTIVATIONS = 0x0013,
  AI_ERROR_CODE_LAYER = 0x0014,
  AI_ERROR_CODE_TENSOR = 0x0015,
  AI_ERROR_CODE_ARRAY = 0x0016,
  AI_ERROR_CODE_INVALID_PTR = 0x0017,
  AI_ERROR_CODE_INVALID_SIZE = 0x0018,
  AI_ERROR_CODE_INVALID_FORMAT = 0x0019,
  AI_ERROR_CODE_OUT_OF_RANGE = 0x0020,
  AI_ERROR_CODE_INVALID_BATCH = 0x0021,
  AI_ERROR_CODE_MISSED_INIT = 0x0030,
  AI_ERROR_CODE_IN_USE = 0x0040
} ai_error_code;

/* The first error since the last call of ai_<name>_get_error. */
typedef struct ai_error_ {
  ai_u32 type : 8;  /* ai_error_type */
  ai_u32 code : 24; /* ai_error_code */
} ai_error;

#define AI_ERROR_INIT(type_, code_) {.type = AI_ERROR_##type_, .code = AI_ERROR_CODE_##code_}

/* ---- buffer formats ----------------------------------------------------------
 * One word. Bits 0-6: fractional bits + 64; 7-13: bits of an element; 17-20: type;
 * 23: signed; 24: floating point. Above them are flags that do not change the format.
 */

typedef int32_t ai_buffer_format;

#define AI_BUFFER_FMT_TYPE_NONE (0x0)
#define AI_BUFFER_FMT_TYPE_FLOAT (0x1)
#define AI_BUFFER_FMT_TYPE_Q (0x2)
#define AI_BUFFER_FMT_TYPE_BOOL (0x3)

#define AI_BUFFER_FMT_FLAG_IS_IO (0x1U << 27)
#define AI_BUFFER_FMT_FLAG_STATIC (0x1U << 29)
#define AI_BUFFER_FMT_FLAG_CONST (0x1U << 30)

#define AI_BUFFER_FMT_OBJ(fmt_) ((ai_buffer_format)(fmt_))
#define AI_BUFFER_FMT_PACK(value_, mask_, bits_) (((value_) & (mask_)) << (bits_))
#define AI_BUFFER_FMT_UNPACK(fmt_, mask_, bits_) ((AI_BUFFER_FMT_OBJ(fmt_) >> (bits_)) & (mask_))

#define AI_BUFFER_FMT_SET_FBITS(fbits_) AI_BUFFER_FMT_PACK((fbits_) + 64, 0x7F, 0)
#define AI_BUFFER_FMT_SET_BITS(bits_) AI_BUFFER_FMT_PACK((bits_), 0x7F, 7)
#define AI_BUFFER_FMT_SET(type_id_, sign_bit_, float_bit_, bits_, fbits_) \
  AI_BUFFER_FMT_OBJ(AI_BUFFER_FMT_SET_FBITS(fbits_) | AI_BUFFER_FMT_SET_BITS(bits_) | \
                    AI_BUFFER_FMT_PACK(type_id_, 0xF, 17) | \
                    AI_BUFFER_FMT_PACK(sign_bit_, 0x1, 23) | \
                    AI_BUFFER_FMT_PACK(float_bit_, 0x1, 24))

#define AI_BUFFER_FMT_GET(fmt_) (AI_BUFFER_FMT_OBJ(fmt_) & 0x01FFFFFF)
#define AI_BUFFER_FMT_GET_FBITS(fmt_) ((ai_i8)AI_BUFFER_FMT_UNPACK(fmt_, 0x7F, 0) - 64)
#define AI_BUFFER_FMT_GET_BITS(fmt_) AI_BUFFER_FMT_UNPACK(fmt_, 0x7F, 7)
#define AI_BUFFER_FMT_GET_TYPE(fmt_) AI_BUFFER_FMT_UNPACK(fmt_, 0xF, 17)
#define AI_BUFFER_FMT_GET_SIGN(fmt_) AI_BUFFER_FMT_UNPACK(fmt_, 0x1, 23)
#define AI_BUFFER_FMT_GET_FLOAT(fmt_) AI_BUFFER_FMT_UNPACK(fmt_, 0x1, 24)
#define AI_BUFFER_FMT_SAME(a_, b_) (AI_BUFFER_FMT_GET(a_) == AI_BUFFER_FMT_GET(b_))

enum {
  AI_BUFFER_FORMAT_NONE = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_NONE, 0, 0, 0, 0),
  AI_BUFFER_FORMAT_FLOAT = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_FLOAT, 1, 1, 32, 0),
  AI_BUFFER_FORMAT_BOOL = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_BOOL, 0, 0, 8, 0),
  AI_BUFFER_FORMAT_U8 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 0, 0, 8, 0),
  AI_BUFFER_FORMAT_U16 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 0, 0, 16, 0),
  AI_BUFFER_FORMAT_S8 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 8, 0),
  AI_BUFFER_FORMAT_S16 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 16, 0),
  AI_BUFFER_FORMAT_S32 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 32, 0),
  AI_BUFFER_FORMAT_S64 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 64, 0),
  AI_BUFFER_FORMAT_Q = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 0, 0),
  AI_BUFFER_FORMAT_Q7 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 8, 7),
  AI_BUFFER_FORMAT_Q15 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 1, 0, 16, 15),
  AI_BUFFER_FORMAT_UQ = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 0, 0, 0, 0),
  AI_BUFFER_FORMAT_UQ7 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 0, 0, 8, 7),
  AI_BUFFER_FORMAT_UQ15 = AI_BUFFER_FMT_SET(AI_BUFFER_FMT_TYPE_Q, 0, 0, 16, 15)
};

/* ---- quantisation of a buffer (absent for float networks) --------------------- */

#define INTQ_CONST const

#define AI_BUFFER_META_HAS_INTQ_INFO (0x1U << 0)
#define AI_BUFFER_META_FLAG_SCALE_FLOAT (0x1U << 0)
#define AI_BUFFER_META_FLAG_ZEROPOINT_U8 (0x1U << 1)
#define AI_BUFFER_META_FLAG_ZEROPOINT_S8 (0x1U << 2)

typedef struct ai_intq_info_ {
  INTQ_CONST ai_float *scale;
  INTQ_CONST ai_handle zeropoint;
} ai_intq_info;

typedef struct ai_intq_info_list_ {
  ai_u16 flags;
  ai_u16 size; /* 1: one scale for the tensor; more: one for each output channel */
  INTQ_CONST ai_intq_info *info;
} ai_intq_info_list;

typedef struct ai_buffer_meta_info_ {
  ai_u32 flags;
  ai_intq_info_list *intq_info;
} ai_buffer_meta_info;

/* ---- buffers ------------------------------------------------------------------ */

typedef struct ai_buffer_ {
  ai_buffer_format format;
  ai_u16 n_batches;
  ai_u16 height;
  ai_u16 width;
  ai_u32 channels;
  ai_handle data;
  ai_buffer_meta_info *meta_info;
} ai_buffer;

#define AI_BUFFER_FORMAT(buf_) AI_BUFFER_FMT_GET((buf_)->format)
#define AI_BUFFER_N_BATCHES(buf_) ((buf_)->n_batches)
#define AI_BUFFER_HEIGHT(buf_) ((buf_)->height)
#define AI_BUFFER_WIDTH(buf_) ((buf_)->width)
#define AI_BUFFER_CHANNELS(buf_) ((buf_)->channels)
#define AI_BUFFER_DATA(buf_, type_) ((type_ *)((buf_)->data))
#define AI_BUFFER_META_INFO(buf_) ((buf_)->meta_info)
#define AI_BUFFER_SIZE(buf_) (((buf_)->height) * ((buf_)->width) * ((buf_)->channels))
#define AI_BUFFER_BYTE_SIZE(count_, fmt_) ((((count_)*AI_BUFFER_FMT_GET_BITS(fmt_)) + 4) >> 3)

#define AI_BUFFER_OBJ_INIT(format_, h_, w_, ch_, n_batches_, data_) \
  {.format = (ai_buffer_format)(format_), \
   .n_batches = (n_batches_), \
   .height = (h_), \
   .width = (w_), \
   .channels = (ch_), \
   .data = AI_HANDLE_PTR(data_), \
   .meta_info = NULL}
#define AI_BUFFER_OBJ_INIT_STATIC(type_, format_, h_, w_, ch_, n_batches_, ...) \
  AI_BUFFER_OBJ_INIT(format_, h_, w_, ch_, n_batches_, \
                     ((type_[(h_) * (w_) * (ch_) * (n_batches_)]){__VA_ARGS__}))

#define AI_BUFFER_META_INFO_INIT(flags_, intq_info_) {.flags = (flags_), .intq_info = (intq_info_)}

/* The quantisation parameters of a buffer; 0 if it has none. */
static inline ai_intq_info_list *ai_intq_of(const ai_buffer_meta_info *meta) {
  return meta && (meta->flags & AI_BUFFER_META_HAS_INTQ_INFO) ? meta->intq_info : NULL;
}

static inline const ai_intq_info *ai_intq_first(const ai_intq_info_list *list, int position) {
  return list && list->info && position < list->size ? list->info : NULL;
}

static inline ai_float ai_intq_scale(const ai_intq_info_list *list, int position) {
  const ai_intq_info *info = ai_intq_first(list, position);
  return info ? info->scale[position] : 0.0f;
}

static inline ai_i32 ai_intq_zeropoint(const ai_intq_info_list *list, int position) {
  const ai_intq_info *info = ai_intq_first(list, position);
  if (!info) return 0;
  if (list->flags & AI_BUFFER_META_FLAG_ZEROPOINT_U8)
    return ((const ai_u8 *)info->zeropoint)[position];
  return ((const ai_i8 *)info->zeropoint)[position];
}

#define AI_INTQ_INFO_LIST(list_) ((list_)->info)
#define AI_INTQ_INFO_LIST_FLAGS(list_) ((list_) ? (list_)->flags : 0)
#define AI_INTQ_INFO_LIST_SIZE(list_) ((list_) ? (list_)->size : 0)
#define AI_HAS_INTQ_INFO_LIST(list_) (ai_intq_first((list_), 0) != NULL)
#define AI_BUFFER_META_INFO_INTQ(meta_) (ai_intq_of(meta_))
#define AI_BUFFER_META_INFO_INTQ_GET_SCALE(meta_, pos_) ai_intq_scale(ai_intq_of(meta_), (pos_))
#define AI_BUFFER_META_INFO_INTQ_GET_ZEROPOINT(meta_, pos_) \
  ai_intq_zeropoint(ai_intq_of(meta_), (pos_))

/* ---- networks ----------------------------------------------------------------- */

/* The parameters of ai_<name>_init: the weights, and the arena for activations. */
typedef struct ai_network_params_ {
  ai_buffer params;
  ai_buffer activations;
} ai_network_params;

#define AI_NETWORK_PARAMS_INIT(params_, activations_) \
  {.params = params_, .activations = activations_}

typedef struct ai_platform_version_ {
  ai_u8 major;
  ai_u8 minor;
  ai_u8 micro;
  ai_u8 reserved;
} ai_platform_version;

/* The result of ai_<name>_get_info. */
typedef struct ai_network_report_ {
  const char *model_name;
  const char *model_signature;
  const char *model_datetime;
  const char *compile_datetime;
  const char *runtime_revision;
  ai_platform_version runtime_version;
  const char *tool_revision;
  ai_platform_version tool_version;
  ai_platform_version tool_api_version;
  ai_platform_version api_version;
  ai_platform_version interface_api_version;
  ai_u32 n_macc;
  ai_u16 n_inputs;
  ai_u16 n_outputs;
  ai_buffer *inputs;
  ai_buffer *outputs;
  ai_buffer activations;
  ai_buffer params;
  ai_u32 n_nodes;
  ai_signature signature;
} ai_network_report;

#endif
