/* Every fault ends here: it is written into the mailbox and the core stays put. */
#ifndef TL_FAULT_H
#define TL_FAULT_H

void tl_fault_entry(void);

#endif
