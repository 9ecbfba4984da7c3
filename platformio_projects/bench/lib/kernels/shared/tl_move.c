/* Any type: slices, transpositions and repetitions. Shapes and layouts: tl_kernels.h. */
#include <string.h>

#include "tl_kernels.h"

typedef void row_t(int count, int step, const void *in, void *out);

static void bytes(int count, int step, const void *in, void *out) {
  const uint8_t *from = in;
  uint8_t *to = out;
  for (int i = 0; i < count; ++i) to[i] = from[i * step];
}

static void halves(int count, int step, const void *in, void *out) {
  const uint16_t *from = in;
  uint16_t *to = out;
  for (int i = 0; i < count; ++i) to[i] = from[i * step];
}

static void words(int count, int step, const void *in, void *out) {
  const uint32_t *from = in;
  uint32_t *to = out;
  for (int i = 0; i < count; ++i) to[i] = from[i * step];
}

void tl_move(const tl_move_t *shape, const void *in, void *out) {
  row_t *copy = shape->bytes == 1 ? bytes : shape->bytes == 2 ? halves : words;
  const char *from = (const char *)in + shape->start * shape->bytes;
  char *to = out;
  for (int plane = 0; plane < shape->planes; ++plane)
    for (int row = 0; row < shape->rows; ++row) {
      const int at = plane * shape->plane + row * shape->row;
      copy(shape->columns, shape->column, from + at * shape->bytes, to);
      to += shape->columns * shape->bytes;
    }
}

void tl_concat(int rows, int parts, const void *const *in, const int32_t *sizes, void *out) {
  char *to = out;
  for (int row = 0; row < rows; ++row)
    for (int part = 0; part < parts; ++part) {
      const int32_t size = sizes[part];
      memcpy(to, (const char *)in[part] + row * size, (size_t)size);
      to += size;
    }
}
