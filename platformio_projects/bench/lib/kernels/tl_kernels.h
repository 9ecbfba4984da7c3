/*
 * Layers as C functions on float32 tensors, channels last, batch of one.
 *
 * A tensor of one-dimensional layers has height 1. A kernel writes `out` in ascending
 * order and reads only the window of the element that it computes. Therefore the arena
 * planner may let `out` overlap the part of `in` that is no longer needed, and neither has
 * `restrict`. The access order is stated for each kernel here and in
 * tinylab/codegen/layers/, which the planner uses.
 *
 * Filters of four successive output channels are interleaved, so that the innermost loop
 * reads one input and four adjacent weights for four independent sums; the remaining one to
 * three channels follow one after another.
 */
#ifndef TL_KERNELS_H
#define TL_KERNELS_H

#include <stdint.h>

/* y[rows][outputs] = clamp(x[rows][inputs] . weights + bias). `in` and `out` are disjoint. */
typedef struct {
  int rows;
  int inputs;
  int outputs;
  float low; /* every result is clamped to [low, high]: ReLU is [0, infinity] */
  float high;
} tl_dense_t;

/* weights[outputs / 4][inputs][4], then [outputs % 4][inputs]; bias[outputs]. */
void tl_dense_f32(const tl_dense_t *shape, const float *in, const float *weights,
                  const float *bias, float *out);

/* The same with 8-bit codes into table[256] for weights. */
void tl_dense_x4_f32(const tl_dense_t *shape, const float *in, const float *table,
                     const uint8_t *codes, const float *bias, float *out);

/* The same with 4-bit codes into table[16], two in a byte, the first in the low half. */
void tl_dense_x8_f32(const tl_dense_t *shape, const float *in, const float *table,
                     const uint8_t *codes, const float *bias, float *out);

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
  float low;
  float high;
} tl_conv_t;

/* weights[out_channels / 4][kernel_height][kernel_width][in_channels][4], then
   [out_channels % 4][kernel_height][kernel_width][in_channels]; bias[out_channels].
   Order: position by position; at each, four channels are written after the whole window
   has been read for them. */
void tl_conv_f32(const tl_conv_t *shape, const float *in, const float *weights,
                 const float *bias, float *out);

typedef struct {
  tl_conv_t conv; /* its output is pooled and never stored */
  int pool_height;
  int pool_width;
  int pool_stride_y;
  int pool_stride_x;
  int pool_pad_top;
  int pool_pad_left;
  int out_height;
  int out_width;
} tl_conv_max_pool_t;

/* Weights as for tl_conv_f32.
   Order: pooled position by pooled position; all its channels are written first, then
   updated for each position of the convolution in its window. */
void tl_conv_max_pool_f32(const tl_conv_max_pool_t *shape, const float *in,
                          const float *weights, const float *bias, float *out);

typedef struct {
  tl_conv_t conv; /* kernel_height, kernel_width: elements of the kernel */
  int dilation_y; /* positions from one element of the kernel to the next */
  int dilation_x;
  int groups;
} tl_grouped_conv_t;

/* Weights of each group as for tl_conv_f32, group after group; bias[out_channels].
   Order: position by position; at each, group by group as tl_conv_f32. */
void tl_grouped_conv_f32(const tl_grouped_conv_t *shape, const float *in, const float *weights,
                         const float *bias, float *out);

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
  int pad_top;  /* rows of the whole result that are cut off */
  int pad_left;
  float low;
  float high;
} tl_transpose_conv_t;

/* Weights as for tl_conv_f32.
   Order: position by position; at each, four channels are written after all inputs that
   reach it have been read for them. */
void tl_transpose_conv_f32(const tl_transpose_conv_t *shape, const float *in,
                           const float *weights, const float *bias, float *out);

typedef struct {
  int in_height;
  int in_width;
  int channels;
  int multiplier; /* output channel c * multiplier + m comes from input channel c */
  int out_height;
  int out_width;
  int kernel_height;
  int kernel_width;
  int stride_y;
  int stride_x;
  int pad_top;
  int pad_left;
  float low;
  float high;
} tl_depthwise_conv_t;

/* weights[channels * multiplier][kernel_height][kernel_width]; bias[channels * multiplier].
   Order: position by position, channel by channel; one is written after its window is read. */
void tl_depthwise_conv_f32(const tl_depthwise_conv_t *shape, const float *in,
                           const float *weights, const float *bias, float *out);

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
} tl_pool_t;

/* Padding is not part of a window: an average counts the elements inside the input.
   Order: position by position, channel by channel; one is written after its window is read. */
void tl_max_pool_f32(const tl_pool_t *shape, const float *in, float *out);
void tl_average_pool_f32(const tl_pool_t *shape, const float *in, float *out);

/* in[positions][channels] to out[channels].
   Order: channel by channel; one is written after its column is read. */
void tl_global_max_pool_f32(int positions, int channels, const float *in, float *out);
void tl_global_average_pool_f32(int positions, int channels, const float *in, float *out);
void tl_global_sum_pool_f32(int positions, int channels, const float *in, float *out);

typedef struct {
  int in_height;
  int in_width;
  int channels;
  int out_height;
  int out_width;
  int pad_top;
  int pad_left;
} tl_pad_t;

/* `value` around the input. Order: element by element of `out`. */
void tl_pad_f32(const tl_pad_t *shape, float value, const float *in, float *out);

/* Element by element; `out` may be `in`. */
void tl_clamp_f32(int count, float low, float high, const float *in, float *out);
void tl_sigmoid_f32(int count, const float *in, float *out);
void tl_tanh_f32(int count, const float *in, float *out);
void tl_leaky_relu_f32(int count, float slope, const float *in, float *out);
void tl_elu_f32(int count, float factor, const float *in, float *out);
void tl_selu_f32(int count, const float *in, float *out);
void tl_swish_f32(int count, const float *in, float *out);
void tl_gelu_f32(int count, const float *in, float *out);
void tl_gelu_tanh_f32(int count, const float *in, float *out);
void tl_hard_swish_f32(int count, const float *in, float *out);
void tl_softplus_f32(int count, const float *in, float *out);
void tl_exp_f32(int count, const float *in, float *out);
void tl_log_f32(int count, const float *in, float *out);
void tl_abs_f32(int count, const float *in, float *out);
void tl_sign_f32(int count, const float *in, float *out);
void tl_square_f32(int count, const float *in, float *out);
void tl_sqrt_f32(int count, const float *in, float *out);
void tl_rsqrt_f32(int count, const float *in, float *out);
void tl_reciprocal_f32(int count, const float *in, float *out);
void tl_sin_f32(int count, const float *in, float *out);
void tl_cos_f32(int count, const float *in, float *out);
void tl_erf_f32(int count, const float *in, float *out);
void tl_floor_f32(int count, const float *in, float *out);
void tl_ceil_f32(int count, const float *in, float *out);
void tl_round_f32(int count, const float *in, float *out);
void tl_truncate_f32(int count, const float *in, float *out);

/* weights[entries][units]: for each in[count], the row of that number, truncated to one that
   exists. Order: element by element of `in`. */
void tl_embedding_f32(int count, int entries, int units, const float *in, const float *weights,
                      float *out);

/* Over the last axis of in[rows][count]; scale[count], offset[count]. `out` may be `in`. */
void tl_layer_norm_f32(int rows, int count, float epsilon, const float *in, const float *scale,
                       const float *offset, float *out);

typedef enum { TL_LINEAR, TL_RELU, TL_TANH, TL_SIGMOID, TL_UNIT } tl_curve_t;

typedef struct {
  int steps;
  int inputs;
  int units;
  int sequences;  /* whether the state after each step is an output, or the last one */
  int backwards;  /* from the last step to the first */
  int activation; /* tl_curve_t */
  int gate;       /* tl_curve_t */
  float clip;     /* of the lstm's memory */
} tl_recurrent_t;

/* in[steps][inputs] to out[sequences ? steps : 1][units]; `in` and `out` are disjoint.
   With `parts` = 1 (rnn), 3 (gru: z, r, candidate), 4 (lstm: i, f, candidate, o):
   kernel[inputs], recurrent[units]: each with parts x units outputs interleaved as the weights
   of tl_dense_f32, for gru part by part; bias[parts x units].
   state[units] is the state before the first step and gets that after the last, likewise the
   lstm's memory[units]; without them (NULL) both begin with zeros. scratch[units]. */
void tl_rnn_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                const float *recurrent, const float *bias, float *state, float *scratch,
                float *out);

/* scratch[4 x units]. The reset gate is applied to the state's part of the candidate. */
void tl_gru_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                const float *recurrent, const float *bias, const float *recurrent_bias,
                float *state, float *scratch, float *out);

/* scratch[4 x units]. The reset gate is applied to the state. */
void tl_gru_reset_first_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                            const float *recurrent, const float *bias,
                            const float *recurrent_bias, float *state, float *scratch,
                            float *out);

/* in[inputs] to out[units], with `rank` filters for each unit; `in` and `out` are disjoint.
   features[units][rank][inputs], time[units][rank][length], bias[units],
   memory[units][rank][length]: the last elements that each filter made, oldest first. */
void tl_svdf_f32(int inputs, int units, int rank, int length, const float *in,
                 const float *features, const float *time, const float *bias, float *memory,
                 float *out);

/* scratch[5 x units], or [4 x units] with a memory. */
void tl_lstm_f32(const tl_recurrent_t *shape, const float *in, const float *kernel,
                 const float *recurrent, const float *bias, float *state, float *memory,
                 float *scratch, float *out);

/* Over the last axis of in[rows][count]; `out` may be `in`. */
void tl_softmax_f32(int rows, int count, const float *in, float *out);
void tl_log_softmax_f32(int rows, int count, const float *in, float *out);

/* The same bytes; `in` and `out` are disjoint. */
void tl_copy(int bytes, const void *in, void *out);

/* clamp(a + b), element by element; `out` may be `a` or `b`. */
void tl_add_f32(int count, float low, float high, const float *a, const float *b, float *out);

/* A loop over elements, and the steps of two tensors in it; a step of 0 repeats an element. */
typedef struct {
  int planes;
  int rows;
  int columns;
  int a_plane;
  int a_row;
  int a_column;
  int b_plane;
  int b_row;
  int b_column;
} tl_grid_t;

typedef struct {
  tl_grid_t grid;
  float low;
  float high;
} tl_pair_f32_t;

/* clamp of two tensors combined, element by element of `grid`; `out` may be one of its size.
   prelu: a, or where it is negative a * b; comparisons: 1 or 0; where, unless: b or 0. */
void tl_pair_add_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_subtract_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_multiply_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_maximum_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_minimum_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_prelu_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_divide_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_power_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_squared_difference_f32(const tl_pair_f32_t *shape, const float *a, const float *b,
                                    float *out);
void tl_pair_less_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_less_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_not_equal_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_where_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);
void tl_pair_unless_f32(const tl_pair_f32_t *shape, const float *a, const float *b, float *out);

/* Elements of `bytes` (1, 2 or 4) from in[start] by these steps; `in` and `out` are disjoint. */
typedef struct {
  int bytes;
  int start;
  int planes;
  int rows;
  int columns;
  int plane;
  int row;
  int column;
} tl_move_t;

void tl_move(const tl_move_t *shape, const void *in, void *out);

/* Whole numbers, element by element. */
void tl_convert_s32_f32(int count, const int32_t *in, float *out);
void tl_convert_s32_s64(int count, const int32_t *in, void *out);

/* The first place of the greatest, or least, element of each row of in[rows][count].
   Order: row by row; one is written after its row is read. */
void tl_arg_max_f32(int rows, int count, const float *in, int32_t *out);
void tl_arg_min_f32(int rows, int count, const float *in, int32_t *out);

/* Row by row, bytes[part] of each of `parts` inputs; inputs and `out` are disjoint. */
void tl_concat(int rows, int parts, const void *const *in, const int32_t *bytes, void *out);

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
  int pad_top; /* of a transposed convolution: cut from the output */
  int pad_left;
  int dilation_y;
  int dilation_x;
  int groups;
} tl_general_conv_t;

typedef struct {
  int in_width;
  int channels;
  int out_height;
  int out_width;
} tl_resize_t;

/* For each output row and column, the one of the input; elements of `bytes`. */
void tl_nearest(const tl_resize_t *shape, int bytes, const void *in, const int32_t *rows,
                const int32_t *columns, void *out);

/* rows[out_height][2], columns[out_width][2]: the inputs around; fractions of their distance.
   `in` and `out` are disjoint, as for tl_nearest. */
void tl_bilinear_f32(const tl_resize_t *shape, const float *in, const int32_t *rows,
                     const float *row_fractions, const int32_t *columns,
                     const float *column_fractions, float *out);

#endif
