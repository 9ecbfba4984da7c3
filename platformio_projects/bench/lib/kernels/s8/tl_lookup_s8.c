/* int8: functions of an element by a table. Shapes and layouts: tl_quantised.h. */
#include "tl_quantised.h"

void tl_lookup_s8(int count, const int8_t *in, const int8_t *table, int8_t *out) {
  for (int i = 0; i < count; ++i) out[i] = table[in[i] + 128];
}
