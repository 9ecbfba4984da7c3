"""The processes that open model files.

- `loading_process` runs the process that reads a file, `worker` is that process, under
  `process_limits`; `stored` is how a network comes back from it.
- `interpreter` has LiteRT run a .tflite file, whatever its types; `second_opinion` has Keras
  itself read a file, to compare.
"""
