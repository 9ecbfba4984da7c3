#include "timing.h"

#include "registers.h"

enum { OVERHEAD_TRIES = 16 };

void tl_timing_start(void) {
  SCB_DEMCR |= SCB_DEMCR_TRCENA;
#if defined(TL_CORE_M7)
  DWT_LAR = DWT_LAR_KEY; /* Cortex-M7 technical reference manual: DWT software lock */
#endif
  DWT_CYCCNT = 0;
  DWT_CTRL |= DWT_CTRL_CYCCNTENA;
  tl_barrier();
}

__attribute__((noinline)) uint32_t tl_timing_cycles(void (*body)(void)) {
  tl_barrier();
  const uint32_t start = DWT_CYCCNT;
  tl_barrier();
  body();
  tl_barrier();
  const uint32_t stop = DWT_CYCCNT;
  return stop - start;
}

static void nothing(void) { __asm volatile(""); }

uint32_t tl_timing_overhead(void) {
  uint32_t least = UINT32_MAX;
  for (int i = 0; i < OVERHEAD_TRIES; ++i) {
    const uint32_t cycles = tl_timing_cycles(nothing);
    if (cycles < least) least = cycles;
  }
  return least;
}
