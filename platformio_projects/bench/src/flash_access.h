/* FLASH_ACR of the STM32F4, F7, L4+ and WB: wait states and caches; the caches are reset first. */
#ifndef TL_FLASH_ACCESS_H
#define TL_FLASH_ACCESS_H

#include "registers.h"

#define FLASH_ACR_LATENCY 0xFu
#if defined(TL_FAMILY_F7)
#define FLASH_ACR_CACHES (1u << 9)  /* ARTEN */
#define FLASH_ACR_RESETS (1u << 11) /* ARTRST */
#else
#define FLASH_ACR_CACHES (1u << 9 | 1u << 10)  /* ICEN, DCEN */
#define FLASH_ACR_RESETS (1u << 11 | 1u << 12) /* ICRST, DCRST */
#endif

/* Write `acr` and wait until its wait states are in effect. Caches may be reset only while they
   are disabled (RM0368, RM0385, RM0432, RM0434: FLASH_ACR). */
static inline void tl_set_flash_access(volatile uint32_t *flash_acr, uint32_t acr) {
  *flash_acr &= ~FLASH_ACR_CACHES;
  *flash_acr |= FLASH_ACR_RESETS;
  *flash_acr &= ~FLASH_ACR_RESETS;
  *flash_acr = acr;
  while ((*flash_acr & FLASH_ACR_LATENCY) != (acr & FLASH_ACR_LATENCY)) {
  }
}

#endif
