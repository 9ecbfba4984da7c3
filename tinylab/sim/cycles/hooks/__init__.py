"""Compiled hooks that Unicorn calls while code runs.

- `tracing` finds the block that runs; `access_prediction` computes its addresses in advance,
  `instruction_hooks` note them if that fails; `device_reads` serve reads of devices.
- `blocks` is the common part of the cores' `on_block`.
"""
