"""Kernels for the Cortex-M4, which serve the Cortex-M33 too; `cores` names both.

- `dense`, `conv`: dense layers, also with 4-bit codes, and convolutions of floats; `conv_windows`:
  convolutions with the max pooling that follows.
- `add_s8`, `conv_s8`, `depthwise_s8`, `dense_s8`, `pool_s8`: layers of int8 tensors;
  `eights_conv_s8`: 1 x 1 convolutions of eight channels;
  `scaled_sums`, `packed_sums`: constants that make rounding simpler.
"""
