"""Virtual boards: an emulated Cortex-M behind an emulated ST-Link, with predicted cycles.

To read from the outside in:

- `virtual_probe`: what pyOCD meets: USB bus, ST-Link commands, debug port, serial port.
- `machine`: a whole microcontroller: memories, core, peripherals, reset, simulated time.
- `part` puts the peripherals of a part together; `families` and `peripheral_factory` say which
  class stands at which base address.
- `exceptions`: exception entry and return, faults, sleep. `core`: the emulated processor.
- `cycles`: how many cycles silicon would take; it opens with a map of its own.
- `peripherals`: one file each. `bus`, `memory`, `part_memory`, `events`, `simulated_time`:
  what they stand on.
"""
