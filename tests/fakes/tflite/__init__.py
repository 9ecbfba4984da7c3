"""Small .tflite files: `files` writes and interprets them, `int8` has quantised ones,
`mlperf_tiny` has whole networks of the benchmark's shapes."""
