/* Cycles of a function, counted by the core itself. */
#ifndef TL_TIMING_H
#define TL_TIMING_H

#include <stdint.h>

/* Own the cycle counter: trace on, counter on. */
void tl_timing_start(void);

/* Cycles from before the call of `body` to after its return; the cost of an empty body
   is in it. */
uint32_t tl_timing_cycles(void (*body)(void));

/* What `tl_timing_cycles` gives for an empty body: the least of several tries. */
uint32_t tl_timing_overhead(void);

#endif
