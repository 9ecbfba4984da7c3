/* Registers by address, named as in the reference manuals. */
#ifndef TL_REGISTERS_H
#define TL_REGISTERS_H

#include <stdint.h>

#define TL_REGISTER(address) (*(volatile uint32_t *)(address))

/* Armv7-M Architecture Reference Manual, B3.2 System Control Space. */
#define SCB_CPUID TL_REGISTER(0xE000ED00u)
#define SCB_VTOR TL_REGISTER(0xE000ED08u)
#define SCB_CCR TL_REGISTER(0xE000ED14u)
#define SCB_CFSR TL_REGISTER(0xE000ED28u)
#define SCB_HFSR TL_REGISTER(0xE000ED2Cu)
#define SCB_MMFAR TL_REGISTER(0xE000ED34u)
#define SCB_BFAR TL_REGISTER(0xE000ED38u)
#define SCB_CCSIDR TL_REGISTER(0xE000ED80u)
#define SCB_CSSELR TL_REGISTER(0xE000ED84u)
#define SCB_CPACR TL_REGISTER(0xE000ED88u)
#define SCB_ICIALLU TL_REGISTER(0xE000EF50u)
#define SCB_DCISW TL_REGISTER(0xE000EF60u)
#define SCB_DEMCR TL_REGISTER(0xE000EDFCu)

#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CFSR_MMARVALID (1u << 7)
#define SCB_CFSR_BFARVALID (1u << 15)
#define SCB_DEMCR_TRCENA (1u << 24)

/* Armv7-M Architecture Reference Manual, C1.8 Data Watchpoint and Trace unit. */
#define DWT_CTRL TL_REGISTER(0xE0001000u)
#define DWT_CYCCNT TL_REGISTER(0xE0001004u)
#define DWT_LAR TL_REGISTER(0xE0001FB0u)

#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_LAR_KEY 0xC5ACCE55u

static inline void tl_barrier(void) { __asm volatile("dsb\n\tisb" ::: "memory"); }

#endif
