#include "fault.h"

/* Vector catch, set by the host, halts the core before the first instruction here; the host then
   reads the fault status. */
__attribute__((naked)) void tl_fault_entry(void) { __asm volatile("b ."); }
