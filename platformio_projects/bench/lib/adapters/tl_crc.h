/* Enables the clock of the CRC unit. ST's runtime computes a checksum with it to detect ST's
   parts; without the clock it reports an error or hangs. */
#ifndef TL_CRC_H
#define TL_CRC_H

#include "registers.h"

/* Reference manuals, RCC: the clock enable register of the CRC unit's bus. */
#if defined(TL_FAMILY_F4) || defined(TL_FAMILY_F7)
#define RCC_CRC_ENABLE TL_REGISTER(0x40023830u) /* RM0090, RM0385: RCC_AHB1ENR */
#define RCC_CRCEN (1u << 12)
#elif defined(TL_FAMILY_L4)
#define RCC_CRC_ENABLE TL_REGISTER(0x40021048u) /* RM0432: RCC_AHB1ENR */
#define RCC_CRCEN (1u << 12)
#elif defined(TL_FAMILY_WB)
#define RCC_CRC_ENABLE TL_REGISTER(0x58000048u) /* RM0434: RCC_AHB1ENR */
#define RCC_CRCEN (1u << 12)
#elif defined(TL_FAMILY_U5)
#define RCC_CRC_ENABLE TL_REGISTER(0x46020C88u) /* RM0456: RCC_AHB1ENR */
#define RCC_CRCEN (1u << 12)
#elif defined(TL_FAMILY_H7)
#define DBGMCU_IDC TL_REGISTER(0x5C001000u) /* RM0433, RM0455: device identity */
#define ON_H7A3 ((DBGMCU_IDC & 0xFFFu) == 0x480u)
/* RM0455: RCC_AHB1ENR of the H7A3; RM0433, RM0468: RCC_AHB4ENR of the others. */
#define RCC_CRC_ENABLE (*(volatile uint32_t *)(ON_H7A3 ? 0x580244D8u : 0x580244E0u))
#define RCC_CRCEN (ON_H7A3 ? 1u << 9 : 1u << 19)
#else
#error "Add the CRC unit's clock of this family."
#endif

static inline void tl_crc_start(void) {
  RCC_CRC_ENABLE |= RCC_CRCEN;
  (void)RCC_CRC_ENABLE; /* reading back waits until the clock is enabled */
}

#endif
