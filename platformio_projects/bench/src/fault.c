#include "fault.h"

/* The host has the core halt before the first instruction here and reads what the core knows. */
__attribute__((naked)) void tl_fault_entry(void) { __asm volatile("b ."); }
