/* STM32L4R5 with two banks, the factory setting (RM0432, FLASH). */
#define FLASH_REGISTERS 0x40022000u
#define CR_MER (1u << 2 | 1u << 15) /* MER1, MER2 */
#include "flash_l4.h"
