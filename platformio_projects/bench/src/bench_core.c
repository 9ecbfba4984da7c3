/* Counts the cycles of small loops, which the host wrote in assembly (network/loops.S): each is
   called some times, and the least and the most cycles are kept for the host, which reads them when
   the core stands at the breakpoint. No interrupt is enabled. */
#include <stdint.h>

#include "clock.h"
#include "registers.h"
#include "timing.h"
#include "tl_bench_core.h"

#define NOINIT __attribute__((section(".noinit"), aligned(32)))

enum { WARM_UPS = 3, CALLS = 16 };

extern const uint8_t tl_build_id[16];
typedef uint32_t (*loop_t)(void);
extern const loop_t tl_bench_loops[TL_BENCH_LOOPS];

/* What the host asks for, and how far the core has come. */
NOINIT volatile struct {
  uint32_t magic; /* TL_BENCH_MAGIC: the host has written the request */
  uint32_t first; /* the loop to begin with */
  uint32_t current;
  uint32_t done;
  uint32_t clock_words[TL_BENCH_CLOCK_WORDS];
} tl_bench_core;

NOINIT volatile uint32_t tl_bench_cycles[TL_BENCH_LOOPS][2]; /* the least, the most */
NOINIT uint8_t tl_bench_memory[TL_BENCH_MEMORY_BYTES];       /* of the loops */

static void count(uint32_t index) {
  uint32_t least = UINT32_MAX, most = 0;
  for (int call = -WARM_UPS; call < CALLS; ++call) {
    const uint32_t cycles = tl_bench_loops[index]();
    if (call < 0) continue;
    if (cycles < least) least = cycles;
    if (cycles > most) most = cycles;
  }
  tl_bench_cycles[index][0] = least;
  tl_bench_cycles[index][1] = most;
}

int main(void) {
  __asm volatile("cpsid i" : : "r"(tl_build_id));
  while (tl_bench_core.magic != TL_BENCH_MAGIC) {
  }
  tl_clock_apply(tl_bench_core.clock_words);
  tl_timing_start();
  for (uint32_t index = tl_bench_core.first; index < TL_BENCH_LOOPS; ++index) {
    tl_bench_core.current = index;
    count(index);
  }
  tl_bench_core.done = 1;
  tl_barrier(); /* written before the core stands */
  for (;;) __asm volatile("bkpt 0");
}
