/*
 * Layers as C functions on quantised tensors: an int8 element q represents the real number
 * scale * (q - zero). Results equal those of TensorFlow Lite's reference kernels bit by bit.
 *
 * Sums are int32. An output element is its sum times mantissa * 2^(shift - 31), one of each per
 * output channel, plus the output's zero, clamped to [low, high], which a fused activation narrows.
 * Rules of access and overlap are those of tl_kernels.h.
 */
#ifndef TL_QUANTISED_H
#define TL_QUANTISED_H

#include <stdint.h>

#include "tl_kernels.h"

typedef struct {
  int rows;
  int inputs;
  int outputs;
  int weight_zero; /* of asymmetric weights; the other kernel takes it for 0 */
  int input_zero;
  int output_zero;
  int low;
  int high;
} tl_dense_s8_t;

/* weights[outputs][inputs]; bias, mantissas, shifts[outputs]. `in` and `out` are disjoint. */
void tl_dense_s8(const tl_dense_s8_t *shape, const int8_t *in, const int8_t *weights,
                 const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                 int8_t *out);
void tl_dense_asymmetric_s8(const tl_dense_s8_t *shape, const int8_t *in, const int8_t *weights,
                            const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                            int8_t *out);

typedef struct {
  int in_height;
  int in_width;
  int in_channels;
  int out_height;
  int out_width;
  int out_channels;
  int kernel_height;
  int kernel_width;
  int stride_y;
  int stride_x;
  int pad_top;
  int pad_left;
  int multiplier; /* depthwise: output channel c * multiplier + m comes from input channel c */
  int weight_zero; /* of asymmetric weights; the other kernels take it for 0 */
  int input_zero;
  int output_zero;
  int low;
  int high;
} tl_conv_s8_t;

/* weights[out_channels][kernel_height][kernel_width][in_channels]; the rest [out_channels].
   Order: position by position, channel by channel; one is written after its window is read. */
void tl_conv_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                const int32_t *bias, const int32_t *mantissas, const int32_t *shifts, int8_t *out);
void tl_conv_asymmetric_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                           const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                           int8_t *out);

/* weights[kernel_height][kernel_width][out_channels]; the rest [out_channels]. Order as above. */
void tl_depthwise_conv_s8(const tl_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                          const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                          int8_t *out);
void tl_depthwise_conv_asymmetric_s8(const tl_conv_s8_t *shape, const int8_t *in,
                                     const int8_t *weights, const int32_t *bias,
                                     const int32_t *mantissas, const int32_t *shifts, int8_t *out);

typedef struct {
  int in_height;
  int in_width;
  int channels;
  int out_height;
  int out_width;
  int pool_height;
  int pool_width;
  int stride_y;
  int stride_x;
  int pad_top;
  int pad_left;
  int low;
  int high;
} tl_pool_s8_t;

/* Padding is not part of a window. An average is rounded to nearest, halves away from
   zero; `up`: halves up.
   Order: position by position, channel by channel; one is written after its window is read. */
void tl_max_pool_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out);
void tl_average_pool_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out);
void tl_average_pool_up_s8(const tl_pool_s8_t *shape, const int8_t *in, int8_t *out);

typedef struct {
  tl_grid_t grid;
  int a_zero;
  int a_mantissa;
  int a_shift;
  int b_zero;
  int b_mantissa;
  int b_shift;
  int sign; /* of the second term: 1 or -1 */
  int output_zero;
  int output_mantissa;
  int output_shift;
  int low;
  int high;
} tl_pair_s8_t;

/* Two tensors, element by element of `grid`; both have been centred by their zeros.
   sum: both terms times 2^20 and their factors; multiply: the product; both times the output's.
   prelu: a times its factor, or where it is negative a * b times the output's.
   squared_difference: both terms times 2^7 and their factors; the square times the output's.
   maximum, minimum: of elements of one type. `out` may be a tensor of its size. */
void tl_pair_sum_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);
void tl_pair_multiply_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);
void tl_pair_maximum_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);
void tl_pair_minimum_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);
void tl_pair_prelu_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);
void tl_pair_squared_difference_s8(const tl_pair_s8_t *shape, const int8_t *a, const int8_t *b,
                                   int8_t *out);

typedef struct {
  int count;
  int a_zero;
  int a_mantissa;
  int a_right; /* a factor is mantissa * 2^(-31 - right) */
  int b_zero;
  int b_mantissa;
  int b_right;
  int output_zero;
  int output_mantissa;
  int output_right;
  int low;
  int high;
} tl_add_s8_t;

/* As tl_pair_sum_s8, of tensors of one shape, whose factors are below 1. `out` may be either. */
void tl_add_s8(const tl_add_s8_t *shape, const int8_t *a, const int8_t *b, int8_t *out);

/* `value` around the input. Order: element by element of `out`. */
void tl_pad_s8(const tl_pad_t *shape, int value, const int8_t *in, int8_t *out);

typedef struct {
  int positions;
  int channels;
  int input_zero;
  int output_zero;
  int mantissa; /* of a sum over all positions */
  int shift;
} tl_mean_s8_t;

/* The mean or the sum of in[positions][channels] over all positions, by its factor.
   Order: channel by channel; one is written after its column is read. */
void tl_mean_s8(const tl_mean_s8_t *shape, const int8_t *in, int8_t *out);

/* As tl_arg_max_f32. */
void tl_arg_max_s8(int rows, int count, const int8_t *in, int32_t *out);
void tl_arg_min_s8(int rows, int count, const int8_t *in, int32_t *out);

/* table[in + 128], element by element; `out` may be `in`. */
void tl_lookup_s8(int count, const int8_t *in, const int8_t *table, int8_t *out);

/* clamp(in), element by element; `out` may be `in`. */
void tl_clamp_s8(int count, int low, int high, const int8_t *in, int8_t *out);

/* Over the last axis of in[rows][count]; scale 1/256, zero -128. Differences from the greatest
   element are multiplied by mantissa * 2^(shift - 31); those below `least` give 0.
   `out` may be `in`. */
void tl_softmax_s8(int rows, int count, int mantissa, int shift, int least, const int8_t *in,
                   int8_t *out);

/* Element by element, rounded to nearest, halves away from zero; out of range saturates. */
void tl_convert_f32_s8(int count, float scale, int zero, const float *in, int8_t *out);
void tl_convert_s8_f32(int count, float scale, int zero, const int8_t *in, float *out);
void tl_convert_s8_s8(int count, int in_zero, int mantissa, int shift, int out_zero,
                      const int8_t *in, int8_t *out);

/* uint8 elements as int8 ones, 128 less, or back; `out` may be `in`. */
void tl_convert_sign(int count, const void *in, void *out);

typedef struct {
  tl_general_conv_t geometry;
  int weight_zero;
  int input_zero;
  int output_zero;
  int low;
  int high;
} tl_general_conv_s8_t;

/* Dilation and groups, of convolutions and depthwise ones (as many groups as channels); and, without
   them, a transposed convolution, whose outputs gather what reaches them.
   weights[out_channels][kernel_height][kernel_width][in_channels / groups]; the rest
   [out_channels]. `in` and `out` are disjoint. */
void tl_general_conv_s8(const tl_general_conv_s8_t *shape, const int8_t *in, const int8_t *weights,
                        const int32_t *bias, const int32_t *mantissas, const int32_t *shifts,
                        int8_t *out);
void tl_transpose_conv_s8(const tl_general_conv_s8_t *shape, const int8_t *in,
                          const int8_t *weights, const int32_t *bias, const int32_t *mantissas,
                          const int32_t *shifts, int8_t *out);

/* As tl_bilinear_f32, with fractions in 1024ths; rounded to nearest, halves away from zero. */
void tl_bilinear_s8(const tl_resize_t *shape, const int8_t *in, const int32_t *rows,
                    const int32_t *row_fractions, const int32_t *columns,
                    const int32_t *column_fractions, int8_t *out);

typedef struct {
  int steps;
  int inputs;
  int units;
  int hidden_mantissa;
  int hidden_shift;
  int hidden_zero;
  int memory_exponent; /* the memory's scale is 2 to its power */
  int clip;            /* of the memory; 0 for none */
} tl_lstm_s8_t;

/* in[steps][inputs] to out[steps][units]; `in` and `out` are disjoint. kernel[4][units][inputs],
   recurrent[4][units][units], the biases [4][units] with what the zero points add;
   multipliers[4][4]: mantissa and shift of the input's sums and of the state's, by gate.
   state[units], memory[units], scratch[4 x units]. */
void tl_lstm_s8(const tl_lstm_s8_t *shape, const int8_t *in, const int8_t *kernel,
                const int32_t *kernel_bias, const int8_t *recurrent,
                const int32_t *recurrent_bias, const int32_t *multipliers, int8_t *state,
                int16_t *memory, int16_t *scratch, int8_t *out);

typedef struct {
  int inputs;
  int units;
  int rank;   /* filters of a unit */
  int length; /* of a filter's memory */
  int feature_mantissa;
  int feature_shift;
  int time_mantissa;
  int time_shift;
  int input_zero;
  int memory_zero;
  int output_zero;
} tl_svdf_s8_t;

/* in[inputs] to out[units]; they are disjoint. features[units][rank][inputs],
   time[units][rank][length], bias[units], memory[units][rank][length]. */
void tl_svdf_s8(const tl_svdf_s8_t *shape, const int8_t *in, const int8_t *features,
                const int8_t *time, const int32_t *bias, int8_t *memory, int8_t *out);
void tl_svdf_s16(const tl_svdf_s8_t *shape, const int8_t *in, const int8_t *features,
                 const int16_t *time, const int32_t *bias, int16_t *memory, int8_t *out);

#endif
