"""From a model's name to an image for a board.

- `image_pipeline`: the four steps, with what is kept between jobs.
- `prepared_network`: what every runtime must deliver before a build: files, inputs, outputs.
- `fit`: flash and RAM, in bytes, before anything is built.
- `st_code` takes what ST's tools generated; `st_model` has ST's tool generate it.
- `model_facts`: the same questions for lists of models, without a build.
"""
