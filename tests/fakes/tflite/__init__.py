"""Small .tflite files: `files` writes and interprets them, `int8` has quantised ones,
`int16` whole networks."""
