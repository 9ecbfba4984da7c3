/* The serial port that is connected to the board's probe: its registers, and its pins. */
#ifndef TL_SERIAL_PORT_H
#define TL_SERIAL_PORT_H

#include <stdint.h>

#include "../boards/serial.h"
#include "registers.h"

#if defined(TL_SERIAL)

#if defined(TL_FAMILY_F4)
/* RM0368, USART registers. */
#define USART_SR TL_REGISTER(TL_SERIAL + 0x00u)
#define USART_DR TL_REGISTER(TL_SERIAL + 0x04u)
#define USART_RDR USART_DR
#define USART_BRR TL_REGISTER(TL_SERIAL + 0x08u)
#define USART_CR1 TL_REGISTER(TL_SERIAL + 0x0Cu)
#define USART_CR1_UE (1u << 13)
#else
/* RM0434, USART registers; the first two are called ISR and TDR. An LPUART has the same ones. */
#define USART_SR TL_REGISTER(TL_SERIAL + 0x1Cu)
#define USART_DR TL_REGISTER(TL_SERIAL + 0x28u)
#define USART_RDR TL_REGISTER(TL_SERIAL + 0x24u)
#define USART_ICR TL_REGISTER(TL_SERIAL + 0x20u)
#define USART_BRR TL_REGISTER(TL_SERIAL + 0x0Cu)
#define USART_CR1 TL_REGISTER(TL_SERIAL + 0x00u)
#define USART_CR1_UE (1u << 0)
#endif
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_TXEIE (1u << 7)
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TC (1u << 6)
#define USART_SR_TXE (1u << 7)

/* RM0434, GPIO registers; the same in all families. */
enum { TL_GPIO_ALTERNATE = 2, TL_GPIO_HIGH_SPEED = 2 };

static inline void tl_serial_field(uintptr_t address, uint32_t width, uint32_t place, uint32_t value) {
  const uint32_t shift = width * place;
  volatile uint32_t *const reg = &TL_REGISTER(address);
  *reg = (*reg & ~(((1u << width) - 1u) << shift)) | value << shift;
}

static inline void tl_serial_clocks(void) {
  static const uint32_t enable[][2] = {TL_SERIAL_ENABLE};
  for (uint32_t i = 0; i < sizeof enable / sizeof enable[0]; ++i) {
    TL_REGISTER(enable[i][0]) |= 1u << enable[i][1];
    (void)TL_REGISTER(enable[i][0]); /* reading back waits until the clock is enabled */
  }
}

/* Connect a pin of the port at `gpio` to the serial port. */
static inline void tl_serial_pin(uintptr_t gpio, uint32_t pin) {
  tl_serial_field(gpio + 0x20u + 4u * (pin / 8u), 4, pin % 8u, TL_SERIAL_ALTERNATE);
  tl_serial_field(gpio + 0x08u, 2, pin, TL_GPIO_HIGH_SPEED);
  tl_serial_field(gpio, 2, pin, TL_GPIO_ALTERNATE);
}

#endif

#endif
