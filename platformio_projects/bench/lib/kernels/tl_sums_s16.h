/* Sums of products of int16 elements and int8 weights. */
#ifndef TL_SUMS_S16_H
#define TL_SUMS_S16_H

#include <stdint.h>
#include <string.h>
#ifdef __ARM_FEATURE_DSP
#include <arm_acle.h>
#endif

#include "tl_fixed_point.h"

static inline int64_t tl_long_at(const int32_t *pairs, int i) {
  int64_t value;
  memcpy(&value, pairs + 2 * i, sizeof value);
  return value;
}

#ifdef __ARM_FEATURE_DSP
static inline int32_t tl_word_at(const void *at) {
  int32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}
#endif

/* sum + in[count] . weights[count] */
static inline int64_t tl_dot_s16(int64_t sum, const int16_t *in, const int8_t *weights, int count) {
#ifdef __ARM_FEATURE_DSP
  for (; count >= 4; count -= 4, in += 4, weights += 4) {
    const uint32_t four = (uint32_t)tl_word_at(weights);
    const uint32_t even = (uint32_t)__sxtb16((int8x4_t)four);
    const uint32_t odd = (uint32_t)__sxtb16((int8x4_t)(four >> 8 | four << 24));
    const uint32_t first = (even & 0xffffu) | odd << 16, last = (odd & 0xffff0000u) | even >> 16;
    sum = __smlald(tl_word_at(in), (int16x2_t)first, sum);
    sum = __smlald(tl_word_at(in + 2), (int16x2_t)last, sum);
  }
#endif
  for (int i = 0; i < count; ++i) sum += in[i] * weights[i];
  return sum;
}

/* A sum of a convolution as a number of steps of the output. */
static inline int32_t tl_scaled_s16(int64_t sum, int32_t mantissa, int shift, int narrow) {
  if (narrow) return tl_multiplied(tl_saturated(sum), mantissa, shift);
  return tl_saturated((sum * mantissa + (INT64_C(1) << (shift - 1))) >> shift);
}

#endif
