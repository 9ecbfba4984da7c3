/* STM32H7 (RM0433, RM0455, RM0468): words are RCC_PLLCKSELR, RCC_PLLCFGR, RCC_PLL1DIVR,
   RCC_D1CFGR, RCC_D2CFGR, RCC_D3CFGR, FLASH_ACR, PWR_CR3, PWR_D3CR, SYSCFG_PWRCR.

   On the H7A3 the prescalers are RCC_CDCFGR1, RCC_CDCFGR2 and RCC_SRDCFGR and the voltage scale
   is in PWR_SRDCR: other names, the same addresses and bits. */
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
  WORD_PWR_CR3,
  WORD_PWR_D3CR,
  WORD_SYSCFG_PWRCR
};

/* RM0433, RCC registers. */
#define RCC_CR TL_REGISTER(0x58024400u)
#define RCC_CFGR TL_REGISTER(0x58024410u)
#define RCC_D1CFGR TL_REGISTER(0x58024418u)
#define RCC_D2CFGR TL_REGISTER(0x5802441Cu)
#define RCC_D3CFGR TL_REGISTER(0x58024420u)
#define RCC_PLLCKSELR TL_REGISTER(0x58024428u)
#define RCC_PLLCFGR TL_REGISTER(0x5802442Cu)
#define RCC_PLL1DIVR TL_REGISTER(0x58024430u)
#define RCC_APB4ENR TL_REGISTER(0x580244F4u)
#define RCC_CR_HSIRDY (1u << 2)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR_SW_PLL1 0x3u
#define RCC_APB4ENR_SYSCFGEN (1u << 1)

/* RM0433, PWR registers. */
#define PWR_CSR1 TL_REGISTER(0x58024804u)
#define PWR_CR3 TL_REGISTER(0x5802480Cu)
#define PWR_D3CR TL_REGISTER(0x58024818u)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_D3CR_VOSRDY (1u << 13)

/* RM0433, SYSCFG registers. */
#define SYSCFG_PWRCR TL_REGISTER(0x5800042Cu)

/* RM0433, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x52002000u)
#define FLASH_ACR_LATENCY 0xFu

static void wait_for_voltage(void) {
  while (!(PWR_D3CR & PWR_D3CR_VOSRDY)) {
  }
}

/* The supply is configured once after power-on, before the voltage scale changes (RM0433, PWR,
   system supply startup). Over-drive requires VOS1 (RM0433, PWR, VOS0 activation). */
static void set_voltage_scale(const volatile uint32_t *words) {
  PWR_CR3 = words[WORD_PWR_CR3];
  while (!(PWR_CSR1 & PWR_CSR1_ACTVOSRDY)) {
  }
  PWR_D3CR = words[WORD_PWR_D3CR];
  wait_for_voltage();
  if (words[WORD_SYSCFG_PWRCR]) {
    RCC_APB4ENR |= RCC_APB4ENR_SYSCFGEN;
    (void)RCC_APB4ENR; /* reading back waits until SYSCFG has its clock */
    SYSCFG_PWRCR = words[WORD_SYSCFG_PWRCR];
    wait_for_voltage();
  }
}

static void set_flash_access(uint32_t acr) {
  FLASH_ACR = acr;
  while (FLASH_ACR != acr) {
  }
}

static void start_pll(const volatile uint32_t *words) {
  while (!(RCC_CR & RCC_CR_HSIRDY)) {
  }
  RCC_PLLCKSELR = words[WORD_RCC_PLLCKSELR];
  RCC_PLLCFGR = words[WORD_RCC_PLLCFGR];
  RCC_PLL1DIVR = words[WORD_RCC_PLL1DIVR];
  RCC_CR |= RCC_CR_PLL1ON;
  while (!(RCC_CR & RCC_CR_PLL1RDY)) {
  }
}

/* Increase wait states before the clock rises, decrease them after it has changed (RM0433,
   FLASH, adjusting wait states). */
void tl_clock_apply(const volatile uint32_t *words) {
  const uint32_t acr = words[WORD_FLASH_ACR];
  set_voltage_scale(words);
  if ((acr & FLASH_ACR_LATENCY) > (FLASH_ACR & FLASH_ACR_LATENCY)) set_flash_access(acr);
  start_pll(words);
  RCC_D1CFGR = words[WORD_RCC_D1CFGR];
  RCC_D2CFGR = words[WORD_RCC_D2CFGR];
  RCC_D3CFGR = words[WORD_RCC_D3CFGR];
  RCC_CFGR = (RCC_CFGR & ~0x7u) | RCC_CFGR_SW_PLL1;
  while (((RCC_CFGR >> 3) & 0x7u) != RCC_CFGR_SW_PLL1) {
  }
  set_flash_access(acr);
}

#else
typedef int tl_other_family; /* ISO C requires a declaration */
#endif
