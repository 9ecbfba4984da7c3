/* Floats: embeddings: rows of a table. Shapes and layouts: tl_kernels.h. */
#include "tl_kernels.h"

/* NaN takes the first entry. */
static int entry_of(float number, int entries) {
  if (!(number >= 0.0f)) return 0;
  return number >= (float)entries ? entries - 1 : (int)number;
}

void tl_embedding_f32(int count, int entries, int units, const float *in, const float *weights,
                      float *out) {
  for (int i = 0; i < count; ++i) {
    const float *row = weights + entry_of(in[i], entries) * units;
    for (int unit = 0; unit < units; ++unit) *out++ = row[unit];
  }
}
