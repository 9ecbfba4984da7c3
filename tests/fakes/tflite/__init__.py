"""Small .tflite files: `files` writes and interprets them, `int8` has quantised ones.

`operators`, `convolutions` and `weights` have one operator each, `int16` whole networks, and
`mlperf_tiny` those of the benchmark's shapes.
"""
