"""What layers compute (`arithmetic`, `float_layers`), how their kernels access tensors, and an
`emulated` core that executes networks.
"""
