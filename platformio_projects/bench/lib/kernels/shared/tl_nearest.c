/* Any type: resizing by nearest elements. Shapes and layouts: tl_kernels.h. */
#include <string.h>

#include "tl_kernels.h"

void tl_nearest(const tl_resize_t *shape, int bytes, const void *in, const int32_t *rows,
                const int32_t *columns, void *out) {
  const int pixel = shape->channels * bytes;
  char *to = out;
  for (int y = 0; y < shape->out_height; ++y)
    for (int x = 0; x < shape->out_width; ++x, to += pixel) {
      const int from = rows[y] * shape->in_width + columns[x];
      memcpy(to, (const char *)in + from * pixel, (size_t)pixel);
    }
}
