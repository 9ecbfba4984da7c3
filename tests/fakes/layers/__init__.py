"""What layers compute (`arithmetic`, `float_layers`), and how their kernels access tensors."""
