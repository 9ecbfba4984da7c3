/* STM32L4+ (RM0432): words are RCC_CR, RCC_PLLCFGR, RCC_CFGR, FLASH_ACR, PWR_CR1, PWR_CR5. */
#if defined(TL_FAMILY_L4)

#include "clock.h"
#include "flash_access.h"
#include "registers.h"

enum {
  WORD_RCC_CR,
  WORD_RCC_PLLCFGR,
  WORD_RCC_CFGR,
  WORD_FLASH_ACR,
  WORD_PWR_CR1,
  WORD_PWR_CR5
};

/* RM0432, RCC registers. */
#define RCC_CR TL_REGISTER(0x40021000u)
#define RCC_CFGR TL_REGISTER(0x40021008u)
#define RCC_PLLCFGR TL_REGISTER(0x4002100Cu)
#define RCC_APB1ENR1 TL_REGISTER(0x40021058u)
#define RCC_CR_MSIRDY (1u << 1)
#define RCC_CR_MSIRANGE (0xFu << 4)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR_SW 0x3u
#define RCC_CFGR_SW_PLL 0x3u
#define RCC_CFGR_HPRE (0xFu << 4)
#define RCC_CFGR_HPRE_DIV2 (0x8u << 4)
#define RCC_APB1ENR1_PWREN (1u << 28)

/* RM0432, PWR registers. */
#define PWR_CR1 TL_REGISTER(0x40007000u)
#define PWR_SR2 TL_REGISTER(0x40007014u)
#define PWR_CR5 TL_REGISTER(0x40007080u)
#define PWR_SR2_VOSF (1u << 10)
#define PWR_CR5_R1MODE (1u << 8)

/* RM0432, FLASH registers. */
#define FLASH_ACR TL_REGISTER(0x40022000u)

/* From range 1, selected by a reset, at a clock that is low enough for range 2
   (RM0432, PWR, dynamic voltage scaling management). */
static void set_voltage_range(uint32_t cr1, uint32_t cr5) {
  RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN;
  (void)RCC_APB1ENR1; /* reading back waits until PWR has its clock */
  PWR_CR5 = cr5;
  PWR_CR1 = cr1;
  while (PWR_SR2 & PWR_SR2_VOSF) {
  }
}

static void start_oscillators(uint32_t cr, uint32_t pllcfgr) {
  while (!(RCC_CR & RCC_CR_MSIRDY)) {
  }
  RCC_CR = (RCC_CR & ~RCC_CR_MSIRANGE) | cr;
  while (!(RCC_CR & RCC_CR_MSIRDY)) {
  }
  if (!pllcfgr) return;
  RCC_PLLCFGR = pllcfgr;
  RCC_CR |= RCC_CR_PLLON;
  while (!(RCC_CR & RCC_CR_PLLRDY)) {
  }
}

/* The prescaler first, then the clock. */
static void switch_clock(uint32_t cfgr) {
  RCC_CFGR = cfgr & ~RCC_CFGR_SW;
  RCC_CFGR = cfgr;
  while (((RCC_CFGR >> 2) & RCC_CFGR_SW) != (cfgr & RCC_CFGR_SW)) {
  }
}

/* At half the clock, 60 MHz or less, this takes at least one microsecond. */
static void wait_a_microsecond(void) {
  for (uint32_t i = 0; i < 64u; ++i) __asm volatile("nop");
}

void tl_clock_apply(const volatile uint32_t *words) {
  const uint32_t cfgr = words[WORD_RCC_CFGR];
  const uint32_t boost = !(words[WORD_PWR_CR5] & PWR_CR5_R1MODE);
  /* Wait states before the clock rises from its reset value, or the voltage falls. */
  tl_set_flash_access(&FLASH_ACR, words[WORD_FLASH_ACR]);
  set_voltage_range(words[WORD_PWR_CR1], words[WORD_PWR_CR5]);
  start_oscillators(words[WORD_RCC_CR], words[WORD_RCC_PLLCFGR]);
  /* Above 80 MHz, run at half the clock for one microsecond first (RM0432, RCC, clock source
     frequency versus voltage scaling). */
  if (boost && !(cfgr & RCC_CFGR_HPRE)) {
    switch_clock(cfgr | RCC_CFGR_HPRE_DIV2);
    wait_a_microsecond();
    RCC_CFGR = cfgr;
  } else {
    switch_clock(cfgr);
  }
}

#else
typedef int tl_other_family; /* ISO C requires a declaration */
#endif
