/* int16: padding. Shapes and layouts: tl_quantised_s16.h. */
#include "tl_quantised_s16.h"

typedef int16_t element_t;
#include "tl_padding.h"

void tl_pad_s16(const tl_pad_t *shape, int value, const int16_t *in, int16_t *out) {
  padded(shape, (int16_t)value, in, out);
}
