"""Arm's peripherals of the processor.

`nvic`, `systick`, `scb` (with FPU and caches), `dwt`, `fpb`, `mpu`, `core_debug` (halting debug),
and the `rom_table` that lists them.
"""
