"""Kernels for the Cortex-M7.

- `dense`: dense layers of floats.
"""
