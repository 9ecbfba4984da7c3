"""Makes small .tflite files: `files` writes them and runs LiteRT on them, `int8` has quantised ones."""
