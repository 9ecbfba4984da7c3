/* Flash algorithm of the STM32U575 and U585 with TZEN = 0 (RM0456, FLASH, non-secure registers):
   pyOCD loads it into RAM and calls it.

   Position-independent, no data section. Every function returns 0 on success.
   The word before the code is a breakpoint, the return address of every function;
   `FlashAlgorithm.for_pyocd` adds it. */
#include <stdint.h>

#define FLASH_NSKEYR (*(volatile uint32_t *)0x40022008u)
#define FLASH_NSSR (*(volatile uint32_t *)0x40022020u)
#define FLASH_NSCR (*(volatile uint32_t *)0x40022028u)

#define FLASH_BASE 0x08000000u
#define FLASH_PAGE_SHIFT 13
#define PAGES_OF_A_BANK 128u

#define KEY1 0x45670123u
#define KEY2 0xCDEF89ABu

#define SR_EOP (1u << 0)
#define SR_ERRORS 0x000020FAu
#define SR_BSY (1u << 16)
#define SR_WDW (1u << 17)

#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER1 (1u << 2)
#define CR_PNB_SHIFT 3
#define CR_BKER (1u << 11)
#define CR_MER2 (1u << 15)
#define CR_STRT (1u << 16)
#define CR_LOCK (1u << 31)

static int finished(void) {
  uint32_t status;
  do {
    status = FLASH_NSSR;
  } while (status & (SR_BSY | SR_WDW));
  const uint32_t errors = status & SR_ERRORS;
  if (errors) FLASH_NSSR = errors | SR_EOP;
  return errors != 0;
}

static int erase(uint32_t what) {
  (void)finished();
  FLASH_NSCR = what;
  FLASH_NSCR = what | CR_STRT;
  const int failed = finished();
  FLASH_NSCR = 0;
  return failed;
}

int Init(uint32_t address, uint32_t clock, uint32_t function) {
  (void)address, (void)clock, (void)function;
  if (FLASH_NSCR & CR_LOCK) {
    FLASH_NSKEYR = KEY1;
    FLASH_NSKEYR = KEY2;
  }
  FLASH_NSSR = SR_ERRORS;
  return (FLASH_NSCR & CR_LOCK) != 0;
}

int UnInit(uint32_t function) {
  (void)function;
  FLASH_NSCR = CR_LOCK;
  return 0;
}

int EraseChip(void) { return erase(CR_MER1 | CR_MER2); }

int EraseSector(uint32_t address) {
  const uint32_t page = (address - FLASH_BASE) >> FLASH_PAGE_SHIFT;
  const uint32_t bank = page < PAGES_OF_A_BANK ? 0 : CR_BKER;
  return erase(CR_PER | bank | page % PAGES_OF_A_BANK << CR_PNB_SHIFT);
}

/* Writes quad words of 128 bits, lowest word first, as the controller requires. */
int ProgramPage(uint32_t address, uint32_t size, const uint32_t *data) {
  volatile uint32_t *target = (volatile uint32_t *)address;
  int failed = 0;
  FLASH_NSCR = CR_PG;
  for (uint32_t count = (size + 15u) / 16u; count && !failed; --count) {
    for (int word = 0; word < 4; ++word) *target++ = *data++;
    __asm volatile("dsb" ::: "memory");
    failed = finished();
  }
  FLASH_NSCR = 0;
  return failed;
}
