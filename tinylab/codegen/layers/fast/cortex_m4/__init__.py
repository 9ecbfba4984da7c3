"""Kernels for the Cortex-M4, which serve the Cortex-M33 too.

- `dense`, `conv`: dense layers and convolutions of floats; `conv_windows`: convolutions with the max
  pooling that follows.
"""
