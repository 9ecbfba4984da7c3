"""Reads .tflite files without TensorFlow.

- `model_file` is the reader, `graph` has the tensors of a file.
- `operators` and `shaping` turn each operator into operations; `shape_arithmetic` computes those
  that only make shapes.
- `interpreter_worker` is the process in which LiteRT runs a file.
"""
