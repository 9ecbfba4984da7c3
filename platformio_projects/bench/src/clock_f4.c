/* STM32F4 (RM0368, RM0390) and STM32F7 (RM0385, RM0410, where PWR_CR and PWR_CSR are PWR_CR1
   and PWR_CSR1): words are RCC_PLLCFGR, RCC_CFGR, FLASH_ACR, PWR_CR. */
#if defined(TL_FAMILY_F4) || defined(TL_FAMILY_F7)

#include "clock.h"
#include "flash_access.h"
#include "registers.h"

enum { WORD_RCC_PLLCFGR, WORD_RCC_CFGR, WORD_FLASH_ACR, WORD_PWR_CR };

/* RM0368, RM0385, RCC registers. */
#define RCC_CR TL_REGISTER(0x40023800u)
#define RCC_PLLCFGR TL_REGISTER(0x40023804u)
#define RCC_CFGR TL_REGISTER(0x40023808u)
#define RCC_APB1ENR TL_REGISTER(0x40023840u)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR_SW 0x3u
#define RCC_CFGR_SW_PLL 0x2u
#define RCC_APB1ENR_PWREN (1u << 28)

/* RM0390, RM0385, PWR registers; the F401 has no over-drive. */
#define PWR_CR TL_REGISTER(0x40007000u)
#define PWR_CSR TL_REGISTER(0x40007004u)
#define PWR_CR_ODEN (1u << 16)
#define PWR_CR_ODSWEN (1u << 17)
#define PWR_CSR_VOSRDY (1u << 14)
#define PWR_CSR_ODRDY (1u << 16)
#define PWR_CSR_ODSWRDY (1u << 17)

/* RM0368, RM0385, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x40023C00u)

/* PWR accepts writes only while its clock is enabled (RM0368, RCC_APB1ENR); reading back waits
   for that. */
static void enable_power_control(void) {
  RCC_APB1ENR |= RCC_APB1ENR_PWREN;
  (void)RCC_APB1ENR;
}

/* The voltage scale is selected while the PLL is off and takes effect once it is on
   (RM0368, PWR_CR.VOS). */
static void start_pll(uint32_t pllcfgr, uint32_t pwr_cr) {
  enable_power_control();
  PWR_CR = pwr_cr & ~(PWR_CR_ODEN | PWR_CR_ODSWEN);
  RCC_PLLCFGR = pllcfgr;
  RCC_CR |= RCC_CR_PLLON;
  while (!(RCC_CR & RCC_CR_PLLRDY)) {
  }
  while (!(PWR_CSR & PWR_CSR_VOSRDY)) {
  }
}

/* RM0390, PWR, entering over-drive mode: enable the regulator, then switch to it, while the
   core still runs from the HSI. */
static void enter_over_drive(void) {
  PWR_CR |= PWR_CR_ODEN;
  while (!(PWR_CSR & PWR_CSR_ODRDY)) {
  }
  PWR_CR |= PWR_CR_ODSWEN;
  while (!(PWR_CSR & PWR_CSR_ODSWRDY)) {
  }
}

void tl_clock_apply(const volatile uint32_t *words) {
  const uint32_t cfgr = words[WORD_RCC_CFGR];
  while (!(RCC_CR & RCC_CR_HSIRDY)) {
  }
  if ((cfgr & RCC_CFGR_SW) == RCC_CFGR_SW_PLL) {
    start_pll(words[WORD_RCC_PLLCFGR], words[WORD_PWR_CR]);
    if (words[WORD_PWR_CR] & PWR_CR_ODEN) enter_over_drive();
  }
  /* Wait states and prescalers before the clock rises from its reset value. */
  tl_set_flash_access(&FLASH_ACR, words[WORD_FLASH_ACR]);
  RCC_CFGR = cfgr & ~RCC_CFGR_SW;
  RCC_CFGR = cfgr;
  while (((RCC_CFGR >> 2) & RCC_CFGR_SW) != (cfgr & RCC_CFGR_SW)) {
  }
}

#else
typedef int tl_other_family; /* ISO C requires a declaration */
#endif
