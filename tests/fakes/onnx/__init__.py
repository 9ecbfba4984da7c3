"""Makes .onnx files and runs them with onnxruntime, to compare.

- `files` writes a model and compares tinylab's reference with onnxruntime's outputs.
- `networks` has whole networks as exporters write them, `quantised` those on integers.
"""
