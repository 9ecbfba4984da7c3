"""Cortex-M33: three stages, some pairs of 16-bit instructions, code and data behind the ICACHE.

- `costs`: the cost of each instruction. `pipeline`: their sequence.
- `model` combines them and has the compiled hooks.
"""
