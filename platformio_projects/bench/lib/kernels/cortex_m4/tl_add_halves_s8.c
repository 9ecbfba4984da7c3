/*
 * Sums of int8 tensors of one shape, of which the first's factor is 1 / 2, as it always is for the one
 * with the greater scale. Four elements at a time: about 16 cycles for each on the Cortex-M4 and M33.
 * Shapes and layouts: tl_quantised.h.
 */
#include "tl_quantised_m4.h"

enum { SUM_SHIFT = 20 };

/* `half` and `output_half`: half a step of the second term; of the output, with its zero. */
typedef struct {
  tl_add_s8_t of;
  int32_t half;
  int32_t output_half;
} sum_t;

/* The byte of two words that is `shift` bits up, with `rounding` if the second factor is below 1 / 2. */
static inline uint32_t sum(const sum_t *with, uint32_t a, uint32_t b, int shift, int rounding) {
  const tl_add_s8_t *of = &with->of;
  const int32_t first = ((int8_t)(a >> shift) - of->a_zero) * (1 << (SUM_SHIFT - 1));
  const int32_t other = (int8_t)(b >> shift) - of->b_zero;
  const int32_t second =
      rounding ? tl_twice_rounded(other * (1 << (SUM_SHIFT + 1)), of->b_mantissa, of->b_right, with->half)
               : other * (1 << (SUM_SHIFT - 1));
  const int32_t steps = tl_twice_rounded((first + second) * 2, of->output_mantissa, of->output_right,
                                         with->output_half);
  return (uint32_t)(uint8_t)tl_saturated_s8(steps) << shift;
}

static inline uint32_t four(const sum_t *with, uint32_t a, uint32_t b, int rounding) {
  return sum(with, a, b, 0, rounding) | sum(with, a, b, 8, rounding) |
         sum(with, a, b, 16, rounding) | sum(with, a, b, 24, rounding);
}

static inline void add(const sum_t *given, const int8_t *a, const int8_t *b, int8_t *out,
                       int rounding) {
  const sum_t with = *given;
  int left = with.of.count;
  for (; left >= 4; left -= 4, a += 4, b += 4, out += 4) {
    const uint32_t word = four(&with, tl_four_bytes(a), tl_four_bytes(b), rounding);
    memcpy(out, &word, sizeof word);
  }
  for (; left > 0; --left) *out++ = (int8_t)sum(&with, (uint8_t)*a++, (uint8_t)*b++, 0, rounding);
}

void tl_add_halves_s8(const tl_add_halves_s8_t *shape, const int8_t *a, const int8_t *b,
                      int8_t *out) {
  const tl_add_s8_t *of = &shape->add;
  const int8_t *first = shape->swapped ? b : a, *second = shape->swapped ? a : b;
  const sum_t with = {*of, of->b_right > 0 ? 1 << (of->b_right - 1) : 0,
                      (1 << (of->output_right - 1)) + of->output_zero * (1 << of->output_right)};
  if (of->b_right > 0)
    add(&with, first, second, out, 1);
  else
    add(&with, first, second, out, 0);
  tl_narrow_s8(of->count, of->low, of->high, out);
}
