/* Conversions of whole numbers. Shapes and layouts: tl_kernels.h. */
#include <string.h>

#include "tl_kernels.h"

void tl_convert_s32_f32(int count, const int32_t *in, float *out) {
  for (int i = 0; i < count; ++i) out[i] = (float)in[i];
}

void tl_convert_s32_s64(int count, const int32_t *in, void *out) {
  char *to = out;
  for (int i = 0; i < count; ++i) {
    const int64_t wide = in[i];
    memcpy(to + i * (int)sizeof wide, &wide, sizeof wide);
  }
}
