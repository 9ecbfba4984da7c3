"""Model files, and the description of a network that all other packages use.

- `network` is the description, with a `tensor_type` for each tensor; `shapes`, `cost` (parameters,
  MACC) and `reference` (outputs) follow from it. `catalog` has the networks that are included.
- `integer` executes layers of quantised tensors, `floats` some kinds of float layers; `windows`
  slide over tensors of both, `moves` moves their elements, `resizing` makes images of other sizes;
  `curves` are functions of floats.
- `type_rules` says which types of tensors each operation may have.
- `samples` are a person's own data.
- `load` checks files and caches results; `model_bytes` reads a file, once, and `signatures`
  recognises its format. `loading_process` runs the process, `worker` is that process under
  `process_limits`, `stored` is how a network comes back from it.
- The readers, a folder for each format: `keras`, `tflite`, `onnx`. `builder` and `affine` are
  their common end, with the checks of `validation`; `damage` translates their exceptions.
- `interpreter` has LiteRT run a .tflite file, whatever its types.
- `second_opinion` has Keras itself read a file, to compare.
"""
