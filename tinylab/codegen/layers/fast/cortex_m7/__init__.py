"""Kernels for the Cortex-M7.

- `dense`, `conv`: dense layers and convolutions of floats.
- `conv_s8`, `depthwise_s8`: convolutions of int8 tensors; `dense_s8`, `add_s8`, `pool_s8`: their
  dense layers, sums and averages.
"""
