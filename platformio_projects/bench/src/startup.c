/* From reset to main: vectors, FPU, data and bss, caches. No vendor code. */
#include <stdint.h>

#include "../boards/placed.h"
#include "fault.h"
#include "registers.h"

/* From the linker script; declared without a size. */
extern uint32_t _estack[], _sidata[], _sdata[], _edata[], _sbss[], _ebss[];

int main(void);
void Reset_Handler(void);

/* Armv7-M Architecture Reference Manual, B1.5.3: initial stack pointer and system
   exceptions. No interrupt is ever enabled, so the table ends there. */
typedef void (*vector_t)(void);
__attribute__((section(".isr_vector"), used)) const vector_t tl_vectors[16] = {
    (vector_t)(uintptr_t)_estack, Reset_Handler, tl_fault_entry, tl_fault_entry,
    tl_fault_entry,                tl_fault_entry, tl_fault_entry, 0,
    0,                             0,             0,              tl_fault_entry,
    tl_fault_entry,                0,             tl_fault_entry, tl_fault_entry,
};

/* Armv7-M Architecture Reference Manual, B2.2 and B4.8: invalidate, then enable. */
#if defined(TL_CORE_M7)
static void enable_caches(void) {
  tl_barrier();
  SCB_ICIALLU = 0;
  tl_barrier();
  SCB_CSSELR = 0; /* level 1 data cache */
  tl_barrier();
  const uint32_t geometry = SCB_CCSIDR;
  const uint32_t sets = (geometry >> 13) & 0x7FFFu;
  const uint32_t ways = (geometry >> 3) & 0x3FFu;
  const uint32_t way_shift = ways ? (uint32_t)__builtin_clz(ways) : 0u;
  for (uint32_t set = 0; set <= sets; ++set) {
    for (uint32_t way = 0; way <= ways; ++way) {
      SCB_DCISW = (way << way_shift) | (set << 5);
    }
  }
  tl_barrier();
  SCB_CCR |= SCB_CCR_IC | SCB_CCR_DC;
  tl_barrier();
}
#endif

#if defined(TL_MEMORY_CLOCKS)
/* Some memories have no clock after a reset. */
static void enable_memories(void) {
  static const struct {
    uint32_t address, bit;
  } clocks[] = {TL_MEMORY_CLOCKS};
  for (uint32_t i = 0; i < sizeof clocks / sizeof *clocks; ++i) {
    TL_REGISTER(clocks[i].address) |= 1u << clocks[i].bit;
    (void)TL_REGISTER(clocks[i].address); /* reading back waits until the clock is enabled */
  }
}
#endif

#if defined(TL_COPIES)
/* From boards/placed.ld. */
typedef struct {
  const uint32_t *source;
  uint32_t *target;
  uint32_t bytes;
} tl_copy_t;
extern const tl_copy_t _scopies[], _ecopies[];

/* Copies the parts of the program that are in RAM. The caches are not enabled yet. */
static void copy_parts(void) {
  for (const tl_copy_t *copy = _scopies; copy < _ecopies; ++copy) {
    for (uint32_t i = 0; i < copy->bytes / 4u; ++i) copy->target[i] = copy->source[i];
  }
  tl_barrier();
}
#endif

void Reset_Handler(void) {
  SCB_CPACR |= 0xFu << 20; /* full access to CP10 and CP11, the FPU */
  tl_barrier();
#if defined(TL_FAMILY_F7)
  SCB_VTOR = (uint32_t)(uintptr_t)tl_vectors; /* the core boots from the alias on the ITCM bus */
#endif
#if defined(TL_MEMORY_CLOCKS)
  enable_memories();
#endif
#if defined(TL_COPIES)
  copy_parts();
#endif
  const uint32_t *source = _sidata;
  for (uint32_t *target = _sdata; target < _edata;) *target++ = *source++;
  for (uint32_t *target = _sbss; target < _ebss;) *target++ = 0;
#if defined(TL_CORE_M7)
  enable_caches();
#endif
  main();
  for (;;) {
  }
}
