/* STM32WB (RM0434): words are RCC_CR, RCC_PLLCFGR, RCC_CFGR, RCC_EXTCFGR, FLASH_ACR. */
#if defined(TL_FAMILY_WB)

#include "clock.h"
#include "flash_access.h"
#include "registers.h"

enum { WORD_RCC_CR, WORD_RCC_PLLCFGR, WORD_RCC_CFGR, WORD_RCC_EXTCFGR, WORD_FLASH_ACR };

/* RM0434, RCC registers. */
#define RCC_CR TL_REGISTER(0x58000000u)
#define RCC_CFGR TL_REGISTER(0x58000008u)
#define RCC_PLLCFGR TL_REGISTER(0x5800000Cu)
#define RCC_EXTCFGR TL_REGISTER(0x58000108u)
#define RCC_CR_MSION (1u << 0)
#define RCC_CR_MSIRDY (1u << 1)
#define RCC_CR_MSIRANGE (0xFu << 4)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR_SW 0x3u
#define RCC_CFGR_SW_PLL 0x3u
#define RCC_CFGR_HPREF (1u << 16)
#define RCC_EXTCFGR_C2HPREF (1u << 17)

/* RM0434, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x58004000u)

void tl_clock_apply(const volatile uint32_t *words) {
  const uint32_t cfgr = words[WORD_RCC_CFGR];
  /* Wait states and the M0+ prescaler first: the clock never falls below its reset value. */
  tl_set_flash_access(&FLASH_ACR, words[WORD_FLASH_ACR]);
  RCC_EXTCFGR = words[WORD_RCC_EXTCFGR];
  while (!(RCC_EXTCFGR & RCC_EXTCFGR_C2HPREF)) {
  }
  while (!(RCC_CR & RCC_CR_MSIRDY)) {
  }
  RCC_CR = (RCC_CR & ~RCC_CR_MSIRANGE) | words[WORD_RCC_CR] | RCC_CR_MSION;
  while (!(RCC_CR & RCC_CR_MSIRDY)) {
  }
  RCC_CFGR = cfgr & ~RCC_CFGR_SW;
  while (!(RCC_CFGR & RCC_CFGR_HPREF)) {
  }
  if ((cfgr & RCC_CFGR_SW) == RCC_CFGR_SW_PLL) {
    RCC_PLLCFGR = words[WORD_RCC_PLLCFGR];
    RCC_CR |= RCC_CR_PLLON;
    while (!(RCC_CR & RCC_CR_PLLRDY)) {
    }
  }
  RCC_CFGR = cfgr;
  while (((RCC_CFGR >> 2) & RCC_CFGR_SW) != (cfgr & RCC_CFGR_SW)) {
  }
}

#else
typedef int tl_other_family; /* ISO C requires a declaration */
#endif
