"""Kernels for the Cortex-M4, which serve the Cortex-M33 too; `cores` names both.

- `dense`: dense layers of floats.
- `add_s8`, `conv_s8`, `depthwise_s8`, `dense_s8`, `pool_s8`: layers of int8 tensors.
"""
