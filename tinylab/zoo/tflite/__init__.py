"""Reads .tflite files without TensorFlow.

- `model_file` is the reader, `tensors` are those of a file, `graph` what they become.
- `operators` turns each operator into operations, with `arithmetic`, `moving`, `repeating`,
  `reducing`, `recurrent`, `blocks`, `shaping` and `variables`, which are states by name;
  `shape_arithmetic` computes those that only make shapes.
- `quantised_weights` refuses weights whose quantisation contradicts itself.
- `refusals` says what to do about operators that are not supported.
- `interpreter_worker` is the process in which LiteRT runs a file.
"""
