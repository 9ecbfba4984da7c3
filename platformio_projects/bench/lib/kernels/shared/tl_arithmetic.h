/* Arithmetic shared by several kernels. */
#ifndef TL_ARITHMETIC_H
#define TL_ARITHMETIC_H

static inline float tl_clamped(float value, float low, float high) {
  const float raised = value < low ? low : value;
  return raised > high ? high : raised;
}

/* Not a number if one of them is not. */
static inline float tl_larger(float a, float b) { return b > a || b != b ? b : a; }

static inline int tl_least(int a, int b) { return a < b ? a : b; }

static inline int tl_most(int a, int b) { return a > b ? a : b; }

/* Four independent sums. */
typedef struct {
  float a;
  float b;
  float c;
  float d;
} tl_four_t;

static inline tl_four_t tl_load_four(const float *values) {
  const tl_four_t four = {values[0], values[1], values[2], values[3]};
  return four;
}

static inline void tl_store_four(tl_four_t four, float *out) {
  out[0] = four.a;
  out[1] = four.b;
  out[2] = four.c;
  out[3] = four.d;
}

static inline void tl_store_four_clamped(tl_four_t sum, float low, float high, float *out) {
  out[0] = tl_clamped(sum.a, low, high);
  out[1] = tl_clamped(sum.b, low, high);
  out[2] = tl_clamped(sum.c, low, high);
  out[3] = tl_clamped(sum.d, low, high);
}

/* sum + in[count] . weights[count][4] */
static inline tl_four_t tl_dot_four(tl_four_t sum, const float *in, const float *weights,
                                    int count) {
  for (int i = 0; i < count; ++i) {
    const float x = in[i];
    sum.a += x * weights[0];
    sum.b += x * weights[1];
    sum.c += x * weights[2];
    sum.d += x * weights[3];
    weights += 4;
  }
  return sum;
}

/* sum + in[count] . weights[count] */
static inline float tl_dot_one(float sum, const float *in, const float *weights, int count) {
  for (int i = 0; i < count; ++i) sum += in[i] * weights[i];
  return sum;
}

/* The elements [first, end) of a window that lie inside the input, along one axis. */
typedef struct {
  int first;
  int end;
} tl_span_t;

/* `origin`: position of the window's first element in an input of `length` elements. */
static inline tl_span_t tl_inside(int origin, int window, int length) {
  const tl_span_t span = {tl_most(0, -origin), tl_least(window, length - origin)};
  return span;
}

/* The same for a window whose elements are `step` positions apart. */
static inline tl_span_t tl_inside_spread(int origin, int window, int length, int step) {
  const int first = origin < 0 ? (step - 1 - origin) / step : 0;
  const int end = origin < length ? (length - origin + step - 1) / step : 0;
  const tl_span_t span = {first, tl_least(window, end)};
  return span;
}

#endif
