/* Sends the ring's contents over the serial port that is connected to the board's probe. Only if
   the host requests it (tl_mailbox.serial_divider), and never while something is timed. */
#ifndef TL_RECORDS_H
#define TL_RECORDS_H

#include <stdint.h>

/* Send all samples not sent yet. */
void tl_records_send(void);

/* Send the remaining samples and the end frame, with the number of measured inferences. */
void tl_records_end(uint32_t measured);

#endif
