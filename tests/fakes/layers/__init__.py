"""What layers compute (`arithmetic`, `float_layers`), how their kernels access tensors (`traces`,
`float_traces`, `tile_traces`), an `emulated` core that executes networks, how long they take
(`timed`), and which bytes they read and write (`watched`, with a `recorder`).
"""
