"""The peripherals of the emulated parts, one file each, named as in the reference manuals.

By group: `clock` (RCC), `power` (PWR), `flash` (controllers and option bytes), `dma`, `serial`,
`timers`, `core` (Arm's peripherals of the processor). The others are in this folder:
`adc`, `backup_sram`, `crc`, `dbgmcu`, `exti`, `gpio`, `hsem`, `icache`, `otg`, `rng`, `syscfg`.
"""
