/* Text over the board's serial port, for MLPerf Tiny's protocol. */
#ifndef TL_MLPERF_TEXT_H
#define TL_MLPERF_TEXT_H

#include <stdint.h>

/* Open the port; `divider` is the value of BRR. */
void tl_text_open(uint32_t divider);

/* The next character; sleeps until it is received. */
char tl_text_get(void);

void tl_text_print(const char *text);
void tl_text_line(const char *text);
void tl_text_unsigned(uint64_t value);
void tl_text_hex(uint8_t byte);

/* Six decimals; a number that is very large or small, seven significant digits and an exponent. */
void tl_text_real(float value);

#endif
