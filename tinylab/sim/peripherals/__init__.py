"""The peripherals of the emulated parts, one file each, named as in the reference manuals.

By what they are: `clock` (RCC), `power` (PWR), `flash` (controllers and option bytes), `dma`,
`serial`, `timers`, `core` (what Arm puts beside the processor). Those of no such group stand here:
`adc`, `crc`, `dbgmcu`, `gpio`, `hsem`, `icache`, `otg`, `rng`, `syscfg`.
"""
