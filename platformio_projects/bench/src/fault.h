/* Every fault ends here: the core stays put, and its state tells what it was. */
#ifndef TL_FAULT_H
#define TL_FAULT_H

void tl_fault_entry(void);

#endif
