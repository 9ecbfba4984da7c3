/* Flash algorithm of the STM32L4+ and the STM32WB (RM0432, RM0434: FLASH), with pages of
   4 KB. pyOCD loads it into RAM and calls it. Each part's file defines the base address of its
   registers and the mass-erase bits.

   Position-independent, no data section. Every function returns 0 on success.
   The word before the code is a breakpoint, the return address of every function;
   `FlashAlgorithm.for_pyocd` adds it. */
#include <stdint.h>

#define FLASH_KEYR (*(volatile uint32_t *)(FLASH_REGISTERS + 0x08u))
#define FLASH_SR (*(volatile uint32_t *)(FLASH_REGISTERS + 0x10u))
#define FLASH_CR (*(volatile uint32_t *)(FLASH_REGISTERS + 0x14u))

#define FLASH_BASE 0x08000000u
#define FLASH_PAGE_SHIFT 12

#define KEY1 0x45670123u
#define KEY2 0xCDEF89ABu

#define SR_EOP (1u << 0)
#define SR_ERRORS 0x0000C3FAu
#define SR_BSY (1u << 16)
#define SR_CFGBSY (1u << 18)

#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_PNB_SHIFT 3
#define CR_STRT (1u << 16)
#define CR_LOCK (1u << 31)

static int finished(void) {
  uint32_t status;
  do {
    status = FLASH_SR;
  } while (status & (SR_BSY | SR_CFGBSY));
  const uint32_t errors = status & SR_ERRORS;
  if (errors) FLASH_SR = errors | SR_EOP;
  return errors != 0;
}

static int erase(uint32_t what) {
  (void)finished();
  FLASH_CR = what;
  FLASH_CR = what | CR_STRT;
  const int failed = finished();
  FLASH_CR = 0;
  return failed;
}

int Init(uint32_t address, uint32_t clock, uint32_t function) {
  (void)address, (void)clock, (void)function;
  if (FLASH_CR & CR_LOCK) {
    FLASH_KEYR = KEY1;
    FLASH_KEYR = KEY2;
  }
  FLASH_SR = SR_ERRORS;
  return (FLASH_CR & CR_LOCK) != 0;
}

int UnInit(uint32_t function) {
  (void)function;
  FLASH_CR = CR_LOCK;
  return 0;
}

int EraseChip(void) { return erase(CR_MER); }

/* Pages are numbered across both banks: BKER is the bit above PNB. */
int EraseSector(uint32_t address) {
  return erase(CR_PER | (address - FLASH_BASE) >> FLASH_PAGE_SHIFT << CR_PNB_SHIFT);
}

/* Writes double words of 64 bits, low word first, as the controller requires. */
int ProgramPage(uint32_t address, uint32_t size, const uint32_t *data) {
  volatile uint32_t *target = (volatile uint32_t *)address;
  int failed = 0;
  FLASH_CR = CR_PG;
  for (uint32_t count = (size + 7u) / 8u; count && !failed; --count) {
    *target++ = *data++;
    __asm volatile("isb" ::: "memory");
    *target++ = *data++;
    __asm volatile("dsb" ::: "memory");
    failed = finished();
  }
  FLASH_CR = 0;
  return failed;
}
