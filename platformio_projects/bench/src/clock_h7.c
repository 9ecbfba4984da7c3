/* STM32H72x and H73x (RM0468): words are RCC_PLLCKSELR, RCC_PLLCFGR, RCC_PLL1DIVR,
   RCC_D1CFGR, RCC_D2CFGR, RCC_D3CFGR, FLASH_ACR, PWR_D3CR. */
#if defined(TL_FAMILY_H7)

#include "clock.h"
#include "registers.h"

enum {
  WORD_RCC_PLLCKSELR,
  WORD_RCC_PLLCFGR,
  WORD_RCC_PLL1DIVR,
  WORD_RCC_D1CFGR,
  WORD_RCC_D2CFGR,
  WORD_RCC_D3CFGR,
  WORD_FLASH_ACR,
  WORD_PWR_D3CR
};

/* RM0468, RCC registers. */
#define RCC_CR TL_REGISTER(0x58024400u)
#define RCC_CFGR TL_REGISTER(0x58024410u)
#define RCC_D1CFGR TL_REGISTER(0x58024418u)
#define RCC_D2CFGR TL_REGISTER(0x5802441Cu)
#define RCC_D3CFGR TL_REGISTER(0x58024420u)
#define RCC_PLLCKSELR TL_REGISTER(0x58024428u)
#define RCC_PLLCFGR TL_REGISTER(0x5802442Cu)
#define RCC_PLL1DIVR TL_REGISTER(0x58024430u)
#define RCC_CR_HSIRDY (1u << 2)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR_SW_PLL1 0x3u

/* RM0468, PWR registers. */
#define PWR_CR3 TL_REGISTER(0x5802480Cu)
#define PWR_CSR1 TL_REGISTER(0x58024804u)
#define PWR_D3CR TL_REGISTER(0x58024818u)
#define PWR_CR3_LDOEN (1u << 1)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_D3CR_VOSRDY (1u << 13)

/* RM0468, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x52002000u)

static void set_voltage_scale(uint32_t d3cr) {
  /* The supply is configured once after power-on before the voltage may rise
     (RM0468, PWR, system supply startup). */
  PWR_CR3 = PWR_CR3_LDOEN;
  while (!(PWR_CSR1 & PWR_CSR1_ACTVOSRDY)) {
  }
  PWR_D3CR = d3cr;
  while (!(PWR_D3CR & PWR_D3CR_VOSRDY)) {
  }
}

void tl_clock_apply(const volatile uint32_t *words) {
  set_voltage_scale(words[WORD_PWR_D3CR]);
  FLASH_ACR = words[WORD_FLASH_ACR];
  while (FLASH_ACR != words[WORD_FLASH_ACR]) {
  }
  while (!(RCC_CR & RCC_CR_HSIRDY)) {
  }
  RCC_PLLCKSELR = words[WORD_RCC_PLLCKSELR];
  RCC_PLLCFGR = words[WORD_RCC_PLLCFGR];
  RCC_PLL1DIVR = words[WORD_RCC_PLL1DIVR];
  RCC_CR |= RCC_CR_PLL1ON;
  while (!(RCC_CR & RCC_CR_PLL1RDY)) {
  }
  RCC_D1CFGR = words[WORD_RCC_D1CFGR];
  RCC_D2CFGR = words[WORD_RCC_D2CFGR];
  RCC_D3CFGR = words[WORD_RCC_D3CFGR];
  RCC_CFGR = (RCC_CFGR & ~0x7u) | RCC_CFGR_SW_PLL1;
  while (((RCC_CFGR >> 3) & 0x7u) != RCC_CFGR_SW_PLL1) {
  }
}

#else
typedef int tl_other_family; /* ISO C wants one declaration */
#endif
