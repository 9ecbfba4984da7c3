"""Model files, and the description of a network that all other packages use.

- `network` is the description, with a `tensor_type` for each tensor and what its layers do,
  `operations`; `shapes`, `cost` (parameters; MACC by the rules of `macc`) and outputs (`execution`)
  follow from it. `derived` keeps what is computed from it. `catalog` has the networks that are
  included; `checks` refuses what cannot be executed.
- `samples` are a person's own data.
- `load` checks files and caches results; `model_bytes` reads a file, once, and `signatures`
  recognises its format. `processes` are those that open the file.
- The readers, a folder for each format: `keras`, `tflite`, `onnx`. `builder`, `affine` and
  `rearranging` are their common end; `damage` translates their exceptions.
"""
