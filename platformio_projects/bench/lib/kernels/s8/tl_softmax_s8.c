/* int8: softmax of rows. Shapes and layouts: tl_quantised.h. */
#include "tl_fixed_point.h"
#include "tl_quantised.h"

/* Numbers with b integer bits are raw * 2^(b - 31), as in gemmlowp's fixedpoint.h. */
enum { DIFFERENCE_BITS = 5, SUM_BITS = 12 };

static int32_t saturated_left(int32_t raw, int bits) {
  const int64_t wide = (int64_t)raw * (INT64_C(1) << bits);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(x) for -1/4 <= x < 0, all with 0 integer bits: a series around -1/8. */
static int32_t small_exponential(int32_t raw) {
  const int32_t x = raw + (1 << 28);
  const int32_t x2 = tl_doubled_high_product(x, x);
  const int32_t x3 = tl_doubled_high_product(x2, x);
  const int32_t x4 = tl_doubled_high_product(x2, x2);
  const int32_t third = 715827883, base = 1895147668; /* 1/3, exp(-1/8) */
  const int32_t higher = tl_rounded_shift(
      tl_doubled_high_product(tl_rounded_shift(x4, 2) + x3, third) + x2, 1);
  return base + tl_doubled_high_product(base, x + higher);
}

/* exp(x) with 0 integer bits, for x <= 0 with DIFFERENCE_BITS. */
static int32_t exponential(int32_t raw) {
  /* exp(-1/4), exp(-1/2), exp(-1) ... exp(-16) */
  static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308,
                                   39332535,   720401,     242};
  const int fraction = 31 - DIFFERENCE_BITS;
  const int32_t quarter = 1 << (fraction - 2);
  if (raw == 0) return INT32_MAX;
  const int32_t least = (raw & (quarter - 1)) - quarter;
  const int32_t remainder = least - raw;
  int32_t result = small_exponential(saturated_left(least, DIFFERENCE_BITS));
  for (int i = 0; i < 7; ++i)
    if (remainder & (1 << (fraction - 2 + i)))
      result = tl_doubled_high_product(result, powers[i]);
  return result;
}

/* 1 / (1 + x) for 0 <= x < 1, with 0 integer bits: Newton's method with 2 integer bits. */
static int32_t reciprocal_of_one_plus(int32_t raw) {
  const int32_t half = (int32_t)(((int64_t)raw + INT32_MAX + 1) / 2);
  int32_t x = 1515870810 + tl_doubled_high_product(half, -1010580540);
  for (int i = 0; i < 3; ++i) {
    const int32_t rest = (1 << 29) - tl_doubled_high_product(half, x);
    x += saturated_left(tl_doubled_high_product(x, rest), 2);
  }
  return saturated_left(x, 1);
}

static int32_t power(int difference, int mantissa, int shift) {
  const int32_t wide = (int32_t)((uint32_t)difference << shift);
  return exponential(tl_doubled_high_product(wide, mantissa));
}

static void softmax_row(int count, int mantissa, int shift, int least, const int8_t *in,
                        int8_t *out) {
  int greatest = in[0];
  for (int i = 1; i < count; ++i)
    if (in[i] > greatest) greatest = in[i];
  int32_t sum = 0;
  for (int i = 0; i < count; ++i)
    if (in[i] - greatest >= least)
      sum += tl_rounded_shift(power(in[i] - greatest, mantissa, shift), SUM_BITS);
  const int headroom = __builtin_clz((uint32_t)sum);
  const uint32_t above_one = ((uint32_t)sum << headroom) - (UINT32_C(1) << 31);
  const int32_t inverse = reciprocal_of_one_plus((int32_t)above_one);
  const int exponent = SUM_BITS - headroom + 31 - 8;
  for (int i = 0; i < count; ++i) {
    int32_t steps = 0;
    if (in[i] - greatest >= least) {
      const int32_t share = power(in[i] - greatest, mantissa, shift);
      steps = tl_rounded_shift(tl_doubled_high_product(inverse, share), exponent);
    }
    out[i] = (int8_t)tl_clamped_int(steps + INT8_MIN, INT8_MIN, INT8_MAX);
  }
}

void tl_softmax_s8(int rows, int count, int mantissa, int shift, int least, const int8_t *in,
                   int8_t *out) {
  for (int row = 0; row < rows; ++row) {
    softmax_row(count, mantissa, shift, least, in, out);
    in += count;
    out += count;
  }
}
