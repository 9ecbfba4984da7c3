"""Kernels for the Cortex-M4, which serve the Cortex-M33 too; `cores` names both.

- `dense`, `conv`: dense layers and convolutions of floats; `conv_windows`: convolutions with the
  max pooling that follows; `dense_pairs`: dense layers with 4-bit codes.
"""
