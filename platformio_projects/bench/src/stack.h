/* The maximum stack depth since `tl_stack_paint`. */
#ifndef TL_STACK_H
#define TL_STACK_H

#include <stdint.h>

void tl_stack_paint(void);
uint32_t tl_stack_used(void);

#endif
