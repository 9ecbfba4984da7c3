/* From the reset clock to the clock that the host solved for. */
#ifndef TL_CLOCK_H
#define TL_CLOCK_H

#include <stdint.h>

/* `words` are the register values that tinylab's clock solver made, in the order given at
   the top of the family's file. Call once after reset. */
void tl_clock_apply(const volatile uint32_t *words);

#endif
