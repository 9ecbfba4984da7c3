"""Executes layers of quantised tensors, bit by bit as TensorFlow Lite's reference kernels do.

- `execute` chooses by the layer's operation: `weighted` layers (dense, convolutions), `pooling`,
  `sums`, `activations`, `curves` by table, `softmax`, `interpolated` functions of int16, and
  `conversion` between types.
- `requantization` is how sums become outputs, in the arithmetic of `fixed_point`;
  `gemmlowp`, `gemmlowp16` and `roots` have functions of fixed-point numbers.
- `recurrent` has the layers that keep states.
"""
