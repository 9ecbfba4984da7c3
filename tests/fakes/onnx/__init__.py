"""Makes .onnx files and runs them with onnxruntime, to compare.

- `files` writes a model and compares tinylab's reference with onnxruntime's outputs.
- `operators` has models by name: of one operator, with `more_operators`, and the `networks` of
  several.
- `quantised` has those on integers.
"""
