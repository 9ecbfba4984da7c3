/* int8: padding. Shapes and layouts: tl_quantised.h. */
#include "tl_quantised.h"

typedef int8_t element_t;
#include "tl_padding.h"

void tl_pad_s8(const tl_pad_t *shape, int value, const int8_t *in, int8_t *out) {
  padded(shape, (int8_t)value, in, out);
}
