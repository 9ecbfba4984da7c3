/* What the ring holds, sent over the serial port that the board's probe carries. Only where the
   host asked for it (tl_mailbox.serial_divider), and never while something is timed. */
#ifndef TL_RECORDS_H
#define TL_RECORDS_H

#include <stdint.h>

/* Send all samples that wait. */
void tl_records_send(void);

/* Send the rest, and that the request is served, `measured` inferences long. */
void tl_records_end(uint32_t measured);

#endif
