/*
 * Layers as C functions on int16 tensors, whose zeros are 0, with int8 weights. As tl_quantised.h,
 * but sums have 64 bits: so has a bias, which parameters hold as pairs of words.
 */
#ifndef TL_QUANTISED_S16_H
#define TL_QUANTISED_S16_H

#include <stdint.h>

#include "tl_quantised.h"

typedef struct {
  int rows;
  int inputs;
  int outputs;
  int narrow; /* sums saturate at 32 bits */
  int low;
  int high;
} tl_dense_s16_t;

/* weights[outputs][inputs]; bias[outputs][2]; mantissas, shifts[outputs]. `in` and `out` are
   disjoint. */
void tl_dense_s16(const tl_dense_s16_t *shape, const int16_t *in, const int8_t *weights,
                  const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                  int16_t *out);

typedef struct {
  tl_general_conv_t geometry;
  int narrow; /* sums saturate at 32 bits, and are multiplied as those of int8 */
  int low;
  int high;
} tl_conv_s16_t;

/* Unless `narrow`, a sum is multiplied by mantissa * 2^-shift, with a mantissa of 16 bits.
   weights[out_channels][kernel_height][kernel_width][in_channels / groups]; bias[out_channels][2];
   the rest [out_channels].
   tl_conv_s16 and tl_depthwise_conv_s16 have neither dilation nor groups; weights of the latter are
   [kernel_height][kernel_width][out_channels]. Their order: position by position, channel by
   channel; one is written after its window is read. For the others, `in` and `out` are disjoint. */
void tl_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                 const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                 int16_t *out);
void tl_depthwise_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                           const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                           int16_t *out);
void tl_general_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                         const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                         int16_t *out);
void tl_transpose_conv_s16(const tl_conv_s16_t *shape, const int16_t *in, const int8_t *weights,
                           const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                           int16_t *out);

/* As those of tl_quantised.h. */
void tl_max_pool_s16(const tl_pool_s8_t *shape, const int16_t *in, int16_t *out);
void tl_average_pool_s16(const tl_pool_s8_t *shape, const int16_t *in, int16_t *out);
void tl_mean_s16(const tl_mean_s8_t *shape, const int16_t *in, int16_t *out);
void tl_pad_s16(const tl_pad_t *shape, int value, const int16_t *in, int16_t *out);
void tl_clamp_s16(int count, int low, int high, const int16_t *in, int16_t *out);
void tl_bilinear_s16(const tl_resize_t *shape, const int16_t *in, const int32_t *rows,
                     const int32_t *row_fractions, const int32_t *columns,
                     const int32_t *column_fractions, int16_t *out);

void tl_arg_max_s16(int rows, int count, const int16_t *in, int32_t *out);
void tl_arg_min_s16(int rows, int count, const int16_t *in, int32_t *out);

/* As those of tl_quantised.h; the terms of a sum are raised by 2^15. */
void tl_pair_sum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b, int16_t *out);
void tl_pair_multiply_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                          int16_t *out);
void tl_pair_maximum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                         int16_t *out);
void tl_pair_minimum_s16(const tl_pair_s8_t *shape, const int16_t *a, const int16_t *b,
                         int16_t *out);

typedef struct {
  int count;
  int above_mantissa;
  int above_shift;
  int below_mantissa;
  int below_shift;
  int below_sign; /* 1 or -1 */
  int low;
  int high;
} tl_slopes_s16_t;

/* in times one factor where it is not negative, else times another; `out` may be `in`. */
void tl_slopes_s16(const tl_slopes_s16_t *shape, const int16_t *in, int16_t *out);

/* On the straight lines between table[513] for all int16; `out` may be `in`. */
void tl_interpolate_s16(int count, const int16_t *in, const int16_t *table, int16_t *out);

/* (in * factor + 2^(shift - 1)) >> shift is the place in table[256], in 512ths for the sigmoid, in
   256ths for tanh; the output is in 32768ths. `out` may be `in`. */
void tl_sigmoid_s16(int count, int factor, int shift, const int16_t *in, const uint16_t *table,
                    int16_t *out);
void tl_tanh_s16(int count, int factor, int shift, const int16_t *in, const uint16_t *table,
                 int16_t *out);

/* Over the last axis of in[rows][count], in 32768ths. Differences from the greatest element, times
   their factor, are the places in powers[513]: exp(x) from -10 to 0; inverses[513] are 1 / (1 + x)
   from 0 to 1. `in` and `out` are disjoint, except that `out` may be `in`. */
void tl_softmax_s16(int rows, int count, int mantissa, int shift, const int16_t *in,
                    const int16_t *powers, const int16_t *inverses, int16_t *out);

/* As tl_convert_*_s8. */
void tl_convert_f32_s16(int count, float scale, int zero, const float *in, int16_t *out);
void tl_convert_s16_f32(int count, float scale, int zero, const int16_t *in, float *out);
void tl_convert_s16_s16(int count, int in_zero, int mantissa, int shift, int out_zero,
                        const int16_t *in, int16_t *out);
void tl_convert_s8_s16(int count, int in_zero, int mantissa, int shift, int out_zero,
                       const int8_t *in, int16_t *out);
void tl_convert_s16_s8(int count, int in_zero, int mantissa, int shift, int out_zero,
                       const int16_t *in, int8_t *out);

#endif
