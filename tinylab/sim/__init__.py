"""Virtual boards: an emulated Cortex-M behind an emulated ST-Link, with predicted cycles.

From the outside in:

- `virtual_probe`: the interface to pyOCD: USB bus, ST-Link commands, debug port, serial port.
- `machine`: a whole microcontroller: memories, core, peripherals, reset, simulated time.
- `part` assembles the peripherals of a part; `families` and `peripheral_factory` select the class
  for each base address.
- `stop_mode`: the part with its clocks stopped.
- `flash_routines`: known flash algorithms, executed as a whole.
- `exceptions`: exception entry and return, faults, sleep. `core`: the emulated processor.
- `cycles`: how many cycles silicon would take; its `__init__` describes its modules.
- `peripherals`: one file each. `bus`, `bit_band`, `device_ranges`, `memory`, `part_memory`,
  `memory_clocks`, `events`, `simulated_time`: their foundation.
"""
