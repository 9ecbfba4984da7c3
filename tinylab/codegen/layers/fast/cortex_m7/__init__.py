"""Kernels for the Cortex-M7.

- `dense`, `conv`: dense layers and convolutions of floats.
"""
