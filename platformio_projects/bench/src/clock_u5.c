/* STM32U5 (RM0456): words are RCC_ICSCR1, RCC_PLL1CFGR, RCC_PLL1DIVR, RCC_CFGR1, FLASH_ACR,
   PWR_VOSR. */
#if defined(TL_FAMILY_U5)

#include "clock.h"
#include "registers.h"

enum {
  WORD_RCC_ICSCR1,
  WORD_RCC_PLL1CFGR,
  WORD_RCC_PLL1DIVR,
  WORD_RCC_CFGR1,
  WORD_FLASH_ACR,
  WORD_PWR_VOSR
};

/* RM0456, RCC registers. */
#define RCC_CR TL_REGISTER(0x46020C00u)
#define RCC_ICSCR1 TL_REGISTER(0x46020C08u)
#define RCC_CFGR1 TL_REGISTER(0x46020C1Cu)
#define RCC_PLL1CFGR TL_REGISTER(0x46020C28u)
#define RCC_PLL1DIVR TL_REGISTER(0x46020C34u)
#define RCC_AHB3ENR TL_REGISTER(0x46020C94u)
#define RCC_CR_MSISRDY (1u << 2)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_ICSCR1_RANGES 0xFF800000u /* MSISRANGE, MSIKRANGE and MSIRGSEL */
#define RCC_CFGR1_SW 0x3u
#define RCC_AHB3ENR_PWREN (1u << 2)

/* RM0456, PWR registers. */
#define PWR_VOSR TL_REGISTER(0x4602080Cu)
#define PWR_VOSR_BOOSTRDY (1u << 14)
#define PWR_VOSR_VOSRDY (1u << 15)
#define PWR_VOSR_BOOSTEN (1u << 18)

/* RM0456, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY 0xFu

/* RM0456, ICACHE registers. */
#define ICACHE_CR TL_REGISTER(0x40030400u)
#define ICACHE_SR TL_REGISTER(0x40030404u)
#define ICACHE_CR_EN (1u << 0)
#define ICACHE_SR_BUSYF (1u << 0)

/* PWR accepts writes only while its clock is enabled; reading back waits for that. */
static void set_voltage_range(uint32_t vosr) {
  RCC_AHB3ENR |= RCC_AHB3ENR_PWREN;
  (void)RCC_AHB3ENR;
  PWR_VOSR = vosr;
  while (!(PWR_VOSR & PWR_VOSR_VOSRDY)) {
  }
  while ((vosr & PWR_VOSR_BOOSTEN) && !(PWR_VOSR & PWR_VOSR_BOOSTRDY)) {
  }
}

/* The booster runs from the PLL's source, so both are configured before the voltage rises
   (RM0456, PWR, EPOD booster). */
static void prepare_pll(const volatile uint32_t *words) {
  RCC_CR |= RCC_CR_HSION;
  while (!(RCC_CR & RCC_CR_HSIRDY)) {
  }
  RCC_PLL1CFGR = words[WORD_RCC_PLL1CFGR];
  RCC_PLL1DIVR = words[WORD_RCC_PLL1DIVR];
}

static void start_pll(void) {
  RCC_CR |= RCC_CR_PLL1ON;
  while (!(RCC_CR & RCC_CR_PLL1RDY)) {
  }
}

static void set_msis_range(uint32_t icscr1) {
  RCC_ICSCR1 = (RCC_ICSCR1 & ~RCC_ICSCR1_RANGES) | icscr1;
  while (!(RCC_CR & RCC_CR_MSISRDY)) {
  }
}

/* A reset invalidates the cache, which takes a while (RM0456, ICACHE initialization). */
static void enable_cache(void) {
  while (ICACHE_SR & ICACHE_SR_BUSYF) {
  }
  ICACHE_CR |= ICACHE_CR_EN;
}

void tl_clock_apply(const volatile uint32_t *words) {
  const uint32_t cfgr1 = words[WORD_RCC_CFGR1];
  if (cfgr1) prepare_pll(words);
  set_voltage_range(words[WORD_PWR_VOSR]);
  /* Wait states before the clock rises from its reset value. */
  FLASH_ACR = words[WORD_FLASH_ACR];
  while ((FLASH_ACR & FLASH_ACR_LATENCY) != (words[WORD_FLASH_ACR] & FLASH_ACR_LATENCY)) {
  }
  enable_cache();
  if (cfgr1) {
    start_pll();
  } else {
    set_msis_range(words[WORD_RCC_ICSCR1]);
  }
  RCC_CFGR1 = (RCC_CFGR1 & ~RCC_CFGR1_SW) | cfgr1;
  while (((RCC_CFGR1 >> 2) & RCC_CFGR1_SW) != cfgr1) {
  }
}

#else
typedef int tl_other_family; /* ISO C requires a declaration */
#endif
