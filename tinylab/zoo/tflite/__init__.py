"""Reads .tflite files without TensorFlow.

- `model_file` is the reader, `graph` the tensors and operators of the file.
- `operators` turns each operator into an operation.
- `interpreter_worker` is the process in which LiteRT runs a file.
"""
