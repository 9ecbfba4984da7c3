/* Layers of int8 tensors in the arithmetic of the Cortex-M4 and M33: two elements in a word. */
#ifndef TL_QUANTISED_M4_H
#define TL_QUANTISED_M4_H

#include <stdint.h>
#include <string.h>

#include "tl_fixed_point.h"
#include "tl_quantised.h"

void tl_copy_words_m4(void *to, const void *from, int words);

/* What a function that computes positions by pairs gets; see tl_conv_pairs_m4_s8.S. */
typedef struct {
  const int32_t *stream;
  uint32_t *patch;
  int depth;  /* elements of a patch: a window, filled up to a multiple of 4 */
  int blocks; /* of four output channels */
  int rows;   /* of a window */
  int words;  /* whole ones in each */
  int rest;   /* bytes behind them */
  const int8_t *in;
  int pitch;  /* from row to row */
  int second; /* from the first window to the second */
  int step;   /* from pair to pair */
  int8_t *out;
  int out_second;
  int out_step;
  int pairs;
} tl_pairs_s8_t;

typedef void tl_conv_pairs_s8_t(const tl_pairs_s8_t *job);
tl_conv_pairs_s8_t tl_conv_pairs_m4_s8, tl_conv_pairs_relu_m4_s8, tl_conv_nines_m4_s8,
    tl_conv_nines_relu_m4_s8, tl_conv_whole_m4_s8, tl_conv_whole_relu_m4_s8,
    tl_conv_pairs_scaled_m4_s8, tl_conv_nines_scaled_m4_s8, tl_conv_whole_scaled_m4_s8;

typedef struct {
  tl_conv_s8_t conv;
  tl_conv_pairs_s8_t *compute;
  int depth;  /* as above */
  int blocks;
  int slice;  /* blocks whose stream is copied to `scratch` and used for all positions; or 0 */
} tl_patch_conv_s8_t;

/* stream: tl_conv_pairs_m4_s8.S. scratch: a word for each element of a patch; the slice; then two
   windows, if there is padding; then 8 bytes for each block, if out_channels is no multiple of 4.
   Order: two positions are written after both windows have been read, slice by slice. */
void tl_patch_conv_s8(const tl_patch_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                      void *scratch, int8_t *out);

typedef struct {
  int pairs;  /* of positions */
  int blocks; /* of four output channels */
} tl_eights_s8_t;

typedef void tl_conv_eights_s8_t(const int32_t *stream, const int8_t *in, int8_t *out,
                                 const tl_eights_s8_t *shape);
tl_conv_eights_s8_t tl_conv_eights_m4_s8;

typedef struct {
  tl_conv_s8_t conv;
  tl_conv_eights_s8_t *compute;
  tl_eights_s8_t sizes;
} tl_eights_conv_s8_t;

/* stream: tl_conv_eights_m4_s8.S. Convolutions of 1 x 1 of eight channels, an even number of
   positions. Order: 64 positions are written before the last of them is read. */
void tl_eights_conv_s8(const tl_eights_conv_s8_t *shape, const int8_t *in, const int32_t *stream,
                       int8_t *out);

typedef struct {
  int channels;
  int width; /* outputs in a row */
  int line;  /* elements of a channel in an expanded row: */
  int left;  /* of the padding: 0 or 1 */
  int pairs; /* of pixels, without the one beside the padding */
  int odd;   /* a pixel and one of the padding: 0 or 1 */
  int rest;  /* pairs of the padding */
  int zero;  /* the input's, in each byte */
} tl_lines_s8_t;

typedef void tl_expand_rows_s8_t(const int8_t *first, const int8_t *second, int16_t *lines,
                                 const tl_lines_s8_t *shape);
tl_expand_rows_s8_t tl_expand_rows_m4_s8;

typedef void tl_depthwise_rows_s8_t(const int32_t *stream, const int16_t *const slots[2],
                                    int8_t *out, int second, const tl_lines_s8_t *shape);
tl_depthwise_rows_s8_t tl_depthwise_rows_m4_s8, tl_depthwise_rows_relu_m4_s8,
    tl_depthwise_rows_scaled_m4_s8, tl_depthwise_far_m4_s8, tl_depthwise_far_relu_m4_s8,
    tl_depthwise_far_scaled_m4_s8;

typedef struct {
  tl_conv_s8_t conv;
  tl_expand_rows_s8_t *expand;
  tl_depthwise_rows_s8_t *compute;
  tl_lines_s8_t lines;
  int hot; /* whether the stream is copied to `scratch` */
} tl_depthwise_lines_s8_t;

/* stream: tl_depthwise_rows_m4_s8.S. scratch: four expanded rows; the stream, if `hot`. Both strides
   are 1 or both are 2. Order: two rows at a stride of 1, else one row, are written after all rows of
   their windows have been read, and the row below those. */
void tl_depthwise_lines_s8(const tl_depthwise_lines_s8_t *shape, const int8_t *in,
                           const int32_t *stream, void *scratch, int8_t *out);

typedef void tl_dense_vector_s8_t(const int32_t *stream, const uint32_t *vector, int8_t *out,
                                  int depth, int blocks);
tl_dense_vector_s8_t tl_dense_rows_m4_s8;

typedef struct {
  tl_dense_s8_t dense;
  tl_dense_vector_s8_t *compute;
  int depth;  /* inputs, filled up to a multiple of 4 */
  int blocks; /* of eight outputs */
} tl_dense_pairs_s8_t;

/* stream: tl_dense_rows_m4_s8.S. scratch: a halfword for each input; then 8 bytes for each block, if
   `outputs` is no multiple of 8. `in` and `out` are disjoint. */
void tl_dense_pairs_s8(const tl_dense_pairs_s8_t *shape, const int8_t *in, const int32_t *stream,
                       void *scratch, int8_t *out);

typedef struct {
  tl_add_s8_t add; /* whose `a` is the term with the factor 1 / 2 */
  int swapped;     /* whether that is the second one */
} tl_add_halves_s8_t;

/* As tl_add_s8. */
void tl_add_halves_s8(const tl_add_halves_s8_t *shape, const int8_t *a, const int8_t *b,
                      int8_t *out);

/* As tl_average_pool_s8. channels: a multiple of 4; at most 255 elements in a window.
   Order: four channels are written after their windows are read. */
void tl_average_pool_words_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out);

/* The even and the odd bytes of a word, with their signs, as halfwords. */
static inline uint32_t tl_even_bytes(uint32_t word) {
#ifdef __ARM_FEATURE_SIMD32
  uint32_t wide;
  __asm__("sxtb16 %0, %1" : "=r"(wide) : "r"(word));
  return wide;
#else
  return (uint16_t)(int8_t)word | (uint32_t)(int8_t)(word >> 16) << 16;
#endif
}

static inline uint32_t tl_odd_bytes(uint32_t word) {
#ifdef __ARM_FEATURE_SIMD32
  uint32_t wide;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(wide) : "r"(word));
  return wide;
#else
  return tl_even_bytes(word >> 8);
#endif
}

static inline uint32_t tl_sums_of_halves(uint32_t a, uint32_t b) {
#ifdef __ARM_FEATURE_SIMD32
  uint32_t sums;
  __asm__("sadd16 %0, %1, %2" : "=r"(sums) : "r"(a), "r"(b));
  return sums;
#else
  return ((a + b) & 0xffff) | ((a >> 16) + (b >> 16)) << 16;
#endif
}

static inline uint32_t tl_four_bytes(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

/* tl_multiplied for half of `twice` and a shift of -right, below 0; `half`: 2^(right - 1), to which what
   is to be added to the result may have been added, times 2^right. */
static inline int32_t tl_twice_rounded(int32_t twice, int32_t mantissa, int right, int32_t half) {
  const int32_t downwards = half + (twice >> 31);
#ifdef __ARM_FEATURE_SIMD32
  int32_t high;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(twice), "r"(mantissa), "r"(downwards));
  return high >> right;
#else
  const int64_t product = (int64_t)twice * mantissa + (INT64_C(1) << 31);
  return ((int32_t)(product >> 32) + downwards) >> right;
#endif
}

static inline int32_t tl_saturated_s8(int32_t value) {
#ifdef __ARM_FEATURE_SIMD32
  int32_t narrow;
  __asm__("ssat %0, #8, %1" : "=r"(narrow) : "r"(value) : "cc");
  return narrow;
#else
  return tl_clamped_int(value, INT8_MIN, INT8_MAX);
#endif
}

/* Elements narrowed to [low, high], which most layers do not need. */
static inline void tl_narrow_s8(int count, int low, int high, int8_t *elements) {
  if (low == INT8_MIN && high == INT8_MAX) return;
  for (int i = 0; i < count; ++i) elements[i] = (int8_t)tl_clamped_int(elements[i], low, high);
}

#endif
