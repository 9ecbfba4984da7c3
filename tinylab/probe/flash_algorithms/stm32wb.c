/* STM32WB (RM0434, FLASH). */
#define FLASH_REGISTERS 0x58004000u
#define CR_MER (1u << 2)
#include "flash_l4.h"
