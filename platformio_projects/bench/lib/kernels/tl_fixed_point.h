/*
 * Fixed-point arithmetic of quantised layers, as in TensorFlow Lite's reference kernels, some of
 * which round a product once, others twice (tinylab/zoo/execution/integer/fixed_point.py).
 */
#ifndef TL_FIXED_POINT_H
#define TL_FIXED_POINT_H

#include <stdint.h>

/* The high 32 bits of 2 * a * b, rounded to nearest, halves up; not both are the least int32. */
static inline int32_t tl_doubled_high_product(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* value / 2^exponent, rounded to nearest, halves away from zero. */
static inline int32_t tl_rounded_shift(int32_t value, int exponent) {
  const int32_t mask = (int32_t)((INT64_C(1) << exponent) - 1);
  const int32_t threshold = (mask >> 1) + (value < 0);
  return (value >> exponent) + ((value & mask) > threshold);
}

static inline int32_t tl_saturated(int64_t value) {
  return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* value * mantissa * 2^(shift - 31), rounded once, halves up. */
static inline int32_t tl_multiplied_once(int32_t value, int32_t mantissa, int shift) {
  return (int32_t)(((int64_t)value * mantissa + (INT64_C(1) << (30 - shift))) >> (31 - shift));
}

/* value * mantissa * 2^(shift - 31), rounded twice. */
static inline int32_t tl_multiplied(int32_t value, int32_t mantissa, int shift) {
  const int left = shift > 0 ? shift : 0;
  const int32_t wide = (int32_t)((uint32_t)value << left);
  return tl_rounded_shift(tl_doubled_high_product(wide, mantissa), left - shift);
}

/* The same for a sum of at most 47 bits and a shift of at most 15, and the quotient saturates. */
static inline int32_t tl_multiplied_long(int64_t value, int32_t mantissa, int shift) {
  enum { LOW_BITS = 16 };
  const int64_t low = (value & ((1 << LOW_BITS) - 1)) * mantissa + (INT64_C(1) << (30 - shift));
  const int64_t high = (value >> LOW_BITS) * mantissa + (low >> LOW_BITS);
  return tl_saturated(high >> (31 - LOW_BITS - shift));
}

static inline int32_t tl_clamped_int(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : value;
}

#endif
