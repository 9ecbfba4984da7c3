/* Counts the cycles of a function with the core's cycle counter. */
#ifndef TL_TIMING_H
#define TL_TIMING_H

#include <stdint.h>

/* Enable trace and the cycle counter. */
void tl_timing_start(void);

/* Cycles from before the call of `body` to after its return, including the overhead of an
   empty body. */
uint32_t tl_timing_cycles(void (*body)(void));

/* The result of `tl_timing_cycles` for an empty body: the minimum of several tries. */
uint32_t tl_timing_overhead(void);

#endif
