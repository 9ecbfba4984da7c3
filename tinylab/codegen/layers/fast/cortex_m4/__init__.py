"""Kernels for the Cortex-M4, which serve the Cortex-M33 too.

- `dense`: dense layers of floats.
"""
