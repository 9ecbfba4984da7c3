"""Layer kinds: the kernel for each operation.

- `kernel` is the interface of every kind: what is asked for, parameters, access order, call.
- One module for each kind: `dense`, `conv`, `grouped_conv`, `general_conv`, `depthwise_conv`,
  `transpose_conv`, `pool`, `arithmetic`, `pad`, `move`, `resize`, `activate`, `convert`, `rows`,
  `recurrent`, `stepping`, `conv_s8`, `sums_s8`, and `int16`. `choice` chooses by operation
  and type.
- `grid` has loops over the elements of several tensors.
- `window` and `filters` are shared by convolutions and pools, `requantize` by quantised layers.
"""
