"""Compiled hooks that Unicorn calls while code runs.

- `tracing` finds the block that runs; `planned_accesses` tell which bytes it accesses,
  `access_prediction` computes each address in advance where that does not suffice,
  `instruction_hooks` note them if that fails; `device_reads` serve reads of devices.
- `blocks` is the common part of the cores' `on_block`.
"""
