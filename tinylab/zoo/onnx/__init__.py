"""Reads .onnx files without onnxruntime.

- `model_file` is the reader, `protocol` turns the file's messages into nodes and arrays within
  limits, `graph` has the values of a file while it is converted. `value` says in which order the
  elements of an ONNX tensor are in memory, `input_layout` chooses that order for the inputs.
- `operators` is the table of operators: `windows` (convolutions, pools), `dense`, `elementwise`,
  `recurrent`, `resampling`, `reducing`, `arithmetic`, `comparing`, `shaping`, `moving` (joins and
  parts), `repeating`, `classic` (scikit-learn's). `refusals` says what to do about the others.
- `folding` computes what depends on constants alone, with `slicing` for parts of them.
- `quantised` expands the QLinear operators to QuantizeLinear and DequantizeLinear, and finds the
  types of quantised tensors.
- `companions` are files beside it that hold its weights; it is used outside the loading process,
  and does not import the package onnx.
"""
