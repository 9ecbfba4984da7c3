"""Kernels that are made for a core, tried before the plain ones that every layer has.

- `fast_kernel` is their interface: whether one suits a layer, or why not; `table` has all of them,
  `speeds` how fast they and the plain ones are.
- `cortex_m4`, `cortex_m7`: a folder for each core. `dense_blocks`, `dense_pairs`, `dense_coded`,
  `conv_tiles`, `conv_parts`, `conv_windows`, `pooled_conv`, `depthwise_tiles`, `int8_packing` and
  `paired_weights` are what cores share.
"""
