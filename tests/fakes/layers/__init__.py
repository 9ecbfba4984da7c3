"""What layers compute (`arithmetic`, `float_layers`), how their kernels access tensors, an
`emulated` core that executes networks, and how long they take (`timed`).
"""
