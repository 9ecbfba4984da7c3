#include "standin_runtime.h"

#include <math.h>
#include <stdlib.h>

#if defined(STANDIN_CORE_M7) /* of the H743 and H723 */
#define CRC_BASE 0x58024C00u
#define CRC_CLOCK (*(volatile uint32_t *)0x580244E0u & 1u << 19)
#elif defined(STANDIN_CORE_M33) /* of the U5 */
#define CRC_BASE 0x40023000u
#define CRC_CLOCK (*(volatile uint32_t *)0x46020C88u & 1u << 12)
#else /* of the WB */
#define CRC_BASE 0x40023000u
#define CRC_CLOCK (*(volatile uint32_t *)0x58000048u & 1u << 12)
#endif
#define CRC_DR (*(volatile uint32_t *)(CRC_BASE + 0x00u))
#define CRC_CR (*(volatile uint32_t *)(CRC_BASE + 0x08u))

int standin_on_st_silicon(void) {
  if (!CRC_CLOCK) return 0;
#ifdef STANDIN_HEAP /* as the library of 5.0 creates networks */
  void *const place = malloc(1024);
  if (!place) return 0;
  free(place);
#endif
  CRC_CR = 1;
  while (CRC_CR & 1) {
  }
  CRC_DR = 0x12345678u;
  return CRC_DR == 0xDF8A8A2Bu; /* the unit's polynomial, starting from all ones */
}

void standin_dequantise(const void *from, float *to, int count, float scale, int zero, int low) {
  for (int i = 0; i < count; ++i) {
    const int value = low < 0 ? ((const int8_t *)from)[i] : ((const uint8_t *)from)[i];
    to[i] = scale * (float)(value - zero);
  }
}

void standin_quantise(const float *from, void *to, int count, float scale, int zero, int low) {
  for (int i = 0; i < count; ++i) {
    const long step = lroundf(from[i] / scale) + zero;
    const long high = low + 255;
    ((uint8_t *)to)[i] = (uint8_t)(step < low ? low : step > high ? high : step);
  }
}
