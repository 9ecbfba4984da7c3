/* Flash algorithm of the STM32H7A3 and H7B3 (RM0455, FLASH): pyOCD loads it into RAM and calls it.

   Position-independent, no data section. Every function returns 0 on success.
   The word before the code is a breakpoint, the return address of every function;
   `FlashAlgorithm.for_pyocd` adds it. */
#include <stdint.h>

#define FLASH_REGISTERS 0x52002000u
#define FLASH_BASE 0x08000000u
#define BANK_SHIFT 20
#define BANK_STRIDE 0x100u
#define SECTOR_SHIFT 13
#define SECTORS_MASK 0x7Fu
#define FLASH_WORD_BYTES 16u

#define KEY1 0x45670123u
#define KEY2 0xCDEF89ABu

#define CR_LOCK (1u << 0)
#define CR_PG (1u << 1)
#define CR_SER (1u << 2)
#define CR_BER (1u << 3)
#define CR_START (1u << 5)
#define CR_SNB_SHIFT 6

#define SR_BUSY 0x00000005u   /* BSY and QW */
#define SR_ERRORS 0x05AE0000u /* WRPERR PGSERR STRBERR INCERR RDPERR RDSERR DBECCERR */
#define SR_EOP (1u << 16)

typedef struct {
  uint32_t keyr, optkeyr, cr, sr, ccr;
} bank_t; /* a bank's registers, starting at its KEYR */

static volatile bank_t *bank_at(uint32_t number) {
  return (volatile bank_t *)(FLASH_REGISTERS + 4u + number * BANK_STRIDE);
}

static volatile bank_t *bank_of(uint32_t address) {
  return bank_at((address - FLASH_BASE) >> BANK_SHIFT & 1u);
}

static int finished(volatile bank_t *bank) {
  uint32_t status;
  do {
    status = bank->sr;
  } while (status & SR_BUSY);
  bank->ccr = SR_ERRORS | SR_EOP;
  return (status & SR_ERRORS) != 0;
}

static int erase(volatile bank_t *bank, uint32_t what) {
  (void)finished(bank);
  bank->cr = what;
  bank->cr = what | CR_START;
  const int failed = finished(bank);
  bank->cr = 0;
  return failed;
}

int Init(uint32_t address, uint32_t clock, uint32_t function) {
  (void)address, (void)clock, (void)function;
  int locked = 0;
  for (uint32_t number = 0; number < 2; ++number) {
    volatile bank_t *bank = bank_at(number);
    if (bank->cr & CR_LOCK) {
      bank->keyr = KEY1;
      bank->keyr = KEY2;
    }
    bank->ccr = SR_ERRORS | SR_EOP;
    locked |= (bank->cr & CR_LOCK) != 0;
  }
  return locked;
}

int UnInit(uint32_t function) {
  (void)function;
  bank_at(0)->cr = CR_LOCK;
  bank_at(1)->cr = CR_LOCK;
  return 0;
}

int EraseChip(void) { return erase(bank_at(0), CR_BER) | erase(bank_at(1), CR_BER); }

int EraseSector(uint32_t address) {
  const uint32_t sector = (address - FLASH_BASE) >> SECTOR_SHIFT & SECTORS_MASK;
  return erase(bank_of(address), CR_SER | sector << CR_SNB_SHIFT);
}

/* Writes flash words of 128 bits, as the controller requires. A page lies in one bank. */
int ProgramPage(uint32_t address, uint32_t size, const uint32_t *data) {
  volatile bank_t *bank = bank_of(address);
  volatile uint32_t *target = (volatile uint32_t *)address;
  uint32_t left = (size + FLASH_WORD_BYTES - 1u) / FLASH_WORD_BYTES;
  int failed = 0;
  bank->cr = CR_PG;
  for (; left && !failed; --left) {
    for (uint32_t word = 0; word < FLASH_WORD_BYTES / 4u; ++word) *target++ = *data++;
    __asm volatile("dsb" ::: "memory");
    failed = finished(bank);
  }
  bank->cr = 0;
  return failed;
}
