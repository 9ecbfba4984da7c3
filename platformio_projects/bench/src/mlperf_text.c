#include "mlperf_text.h"

#include <math.h>

#include "serial_port.h"

#pragma GCC optimize("Os") /* the serial line limits the speed */

/* Armv7-M Architecture Reference Manual, B3.4: the words of the port's interrupt. */
#define NVIC_ISER TL_REGISTER(0xE000E100u + 4u * (TL_SERIAL_IRQ / 32u))
#define NVIC_ICPR TL_REGISTER(0xE000E280u + 4u * (TL_SERIAL_IRQ / 32u))
#define INTERRUPT (1u << TL_SERIAL_IRQ % 32u)

void tl_text_open(uint32_t divider) {
  tl_serial_clocks();
  tl_serial_pin(TL_SERIAL_GPIO, TL_SERIAL_PIN);
  tl_serial_pin(TL_SERIAL_RX_GPIO, TL_SERIAL_RX_PIN);
  USART_CR1 = 0;
  USART_BRR = divider;
  USART_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
  NVIC_ISER = INTERRUPT; /* for WFI; PRIMASK is set, so it is not taken (B1.5.19) */
}

static void clear_overrun(void) {
#if defined(USART_ICR)
  USART_ICR = USART_SR_ORE;
#else
  (void)USART_RDR; /* RM0368, USART_SR: cleared by reading SR, then DR */
#endif
}

/* The port's status. Its interrupt is pending afterwards only if a flag was set later, or is still
   set: so WFI sleeps until there is something new. */
static uint32_t fresh_status(void) {
  NVIC_ICPR = INTERRUPT;
  __asm volatile("dsb" ::: "memory");
  return USART_SR;
}

static void sleep(void) { __asm volatile("wfi" ::: "memory"); }

char tl_text_get(void) {
  while (!(USART_SR & USART_SR_RXNE)) {
    const uint32_t status = fresh_status();
    if (status & USART_SR_ORE) clear_overrun();
    if (!(status & USART_SR_RXNE)) sleep();
  }
  return (char)USART_RDR;
}

static void put(char sign) {
  if (!(USART_SR & USART_SR_TXE)) {
    USART_CR1 |= USART_CR1_TXEIE;
    while (!(fresh_status() & USART_SR_TXE)) sleep();
    USART_CR1 &= ~USART_CR1_TXEIE;
  }
  USART_DR = (uint8_t)sign;
}

void tl_text_print(const char *text) {
  while (*text) put(*text++);
}

void tl_text_line(const char *text) {
  tl_text_print(text);
  tl_text_print("\r\n");
}

void tl_text_unsigned(uint64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10u);
  while (value /= 10u);
  while (count) put(digits[--count]);
}

void tl_text_hex(uint8_t byte) {
  static const char digits[] = "0123456789abcdef";
  put(digits[byte >> 4]);
  put(digits[byte & 0xFu]);
}

/* Not negative, below 1e9. */
static void fixed(double value) {
  enum { DECIMALS = 1000000 };
  const uint64_t scaled = (uint64_t)(value * DECIMALS + 0.5);
  tl_text_unsigned(scaled / DECIMALS);
  put('.');
  uint32_t fraction = (uint32_t)(scaled % DECIMALS);
  for (uint32_t place = DECIMALS / 10; place; place /= 10) put((char)('0' + fraction / place % 10u));
}

static void with_exponent(double value) {
  int exponent = 0;
  for (; value >= 10.0; value /= 10.0) ++exponent;
  for (; value < 1.0; value *= 10.0) --exponent;
  fixed(value);
  put('e');
  put(exponent < 0 ? '-' : '+');
  tl_text_unsigned((uint64_t)(exponent < 0 ? -exponent : exponent));
}

void tl_text_real(float value) {
  if (isnan(value)) {
    tl_text_print("nan");
    return;
  }
  if (signbit(value)) put('-');
  const double size = signbit(value) ? -(double)value : (double)value;
  if (isinf(value)) tl_text_print("inf");
  else if (size == 0.0 || (size >= 1e-3 && size < 1e6)) fixed(size);
  else with_exponent(size);
}
