/* The handler of every fault: loops, so that the core's state remains readable. */
#ifndef TL_FAULT_H
#define TL_FAULT_H

void tl_fault_entry(void);

#endif
