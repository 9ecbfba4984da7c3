"""Cortex-M33: three stages, some pairs of 16-bit instructions, code and data behind the ICACHE.

- `costs`: what each instruction costs. `pipeline`: how they follow one another.
- `model` puts them together and holds the compiled hooks.
"""
