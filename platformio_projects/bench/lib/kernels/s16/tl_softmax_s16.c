/* int16: softmax of rows. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_fixed_point.h"
#include "tl_lines_s16.h"
#include "tl_quantised_s16.h"

static int16_t on_lines(int32_t x, const int16_t *table) {
  return tl_on_lines(tl_clamped_int(x, INT16_MIN, INT16_MAX), table);
}

static void softmax_row(int count, int mantissa, int shift, const int16_t *in,
                        const int16_t *powers, const int16_t *inverses, int16_t *out) {
  int32_t greatest = in[0], sum = 0;
  for (int i = 1; i < count; ++i)
    if (in[i] > greatest) greatest = in[i];
  for (int i = 0; i < count; ++i) {
    out[i] = on_lines(tl_multiplied(in[i] - greatest, mantissa, shift) + INT16_MAX, powers);
    sum += out[i];
  }
  const int headroom = __builtin_clz((uint32_t)sum);
  const int64_t wide = (int64_t)sum << (headroom - 1);
  const int32_t above_one = (int32_t)((wide + (1 << 13)) >> 14) - (1 << 15) - (1 << 16);
  const int32_t inverse = on_lines(above_one, inverses);
  const int right = 31 - headroom;
  for (int i = 0; i < count; ++i) {
    const int64_t share = ((int64_t)out[i] * inverse + (INT64_C(1) << (right - 1))) >> right;
    out[i] = (int16_t)tl_clamped_int((int32_t)share, 0, INT16_MAX);
  }
}

void tl_softmax_s16(int rows, int count, int mantissa, int shift, const int16_t *in,
                    const int16_t *powers, const int16_t *inverses, int16_t *out) {
  for (int row = 0; row < rows; ++row) {
    softmax_row(count, mantissa, shift, in, powers, inverses, out);
    in += count;
    out += count;
  }
}
