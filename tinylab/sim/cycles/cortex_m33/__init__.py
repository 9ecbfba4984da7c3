"""Cortex-M33: three stages, some pairs of 16-bit instructions, code and data behind the ICACHE."""
