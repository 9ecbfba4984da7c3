/* Switches from the reset clock to the clock settings computed by the host. */
#ifndef TL_CLOCK_H
#define TL_CLOCK_H

#include <stdint.h>

/* `words` are the register values from tinylab's clock solver, in the order given at the top
   of the family's file. Call once after reset. */
void tl_clock_apply(const volatile uint32_t *words);

#endif
