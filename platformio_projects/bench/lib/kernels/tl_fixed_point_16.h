/*
 * Functions of 16-bit fixed-point numbers, as in gemmlowp's fixedpoint.h: a number with b integer
 * bits is raw * 2^(b - 15). Results have none (tinylab/zoo/execution/integer/gemmlowp16.py).
 */
#ifndef TL_FIXED_POINT_16_H
#define TL_FIXED_POINT_16_H

#include "tl_fixed_point.h"

static inline int32_t tl_saturated_16(int32_t value) {
  return tl_clamped_int(value, INT16_MIN, INT16_MAX);
}

/* The high 16 bits of 2 * a * b, rounded; saturates where both are the least int16. */
static inline int32_t tl_doubled_high_product_16(int32_t a, int32_t b) {
  const int32_t product = a * b;
  const int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
  const int32_t high = (product + nudge) / (1 << 15);
  return high > INT16_MAX ? INT16_MAX : high;
}

/* exp(x) for -1/4 <= x < 0, all with 0 integer bits: a series around -1/8. */
static inline int32_t tl_small_exponential_16(int32_t raw) {
  const int32_t third = 10923, base = 28918; /* 1/3, exp(-1/8) */
  const int32_t x = raw + (1 << 12);
  const int32_t x2 = tl_doubled_high_product_16(x, x);
  const int32_t x3 = tl_doubled_high_product_16(x2, x);
  const int32_t x4 = tl_doubled_high_product_16(x2, x2);
  const int32_t inner = tl_doubled_high_product_16(tl_rounded_shift(x4, 2) + x3, third) + x2;
  return tl_saturated_16(base +
                         tl_doubled_high_product_16(base, x + tl_rounded_shift(inner, 1)));
}

/* exp(x) for x <= 0 with `bits` integer bits, 1 to 7. */
static inline int32_t tl_exponential_16(int32_t raw, int bits) {
  /* exp(-1/4), exp(-1/2), exp(-1) ... exp(-16) */
  static const int16_t powers[] = {25520, 19875, 12055, 4435, 600, 11, 0};
  const int fraction = 15 - bits;
  const int32_t quarter = 1 << (fraction - 2);
  if (raw == 0) return INT16_MAX;
  if (bits > 5 && raw < -(1 << (20 - bits))) return 0;
  const int32_t least = (raw & (quarter - 1)) - quarter;
  const int32_t remainder = least - raw;
  int32_t result = tl_small_exponential_16(tl_saturated_16(least * (1 << bits)));
  for (int i = 0; i < 7 && bits > i - 2; ++i)
    if (remainder & (1 << (fraction - 2 + i)))
      result = tl_doubled_high_product_16(result, powers[i]);
  return result;
}

/* 2 / (1 + x) with 2 integer bits, for 0 <= x < 1: Newton's method. */
static inline int32_t tl_twice_reciprocal_16(int32_t raw) {
  const int32_t half = (raw + INT16_MAX + 1) / 2;
  int32_t x = 23130 + tl_doubled_high_product_16(half, -15420);
  for (int i = 0; i < 3; ++i) {
    const int32_t rest = (1 << 13) - tl_doubled_high_product_16(half, x);
    x += tl_saturated_16(tl_doubled_high_product_16(x, rest) * 4);
  }
  return x;
}

/* 1 / (1 + exp(-x)) for x with 3 integer bits. */
static inline int32_t tl_logistic_16(int32_t raw) {
  if (raw == 0) return 1 << 14;
  const int32_t power = tl_exponential_16(raw > 0 ? -raw : raw, 3);
  const int32_t positive = tl_saturated_16(tl_twice_reciprocal_16(power) * 2);
  return raw > 0 ? positive : INT16_MAX - positive;
}

/* tanh(x) for x with `bits` integer bits, 0 to 6. */
static inline int32_t tl_tanh_16(int32_t raw, int bits) {
  if (raw == 0) return 0;
  const int32_t power = tl_exponential_16(raw > 0 ? -raw : raw, bits + 1);
  const int32_t size = tl_saturated_16((tl_twice_reciprocal_16(power) - (1 << 13)) * 4);
  return raw < 0 ? -size : size;
}

#endif
