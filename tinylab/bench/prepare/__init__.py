"""From a model's name to an image for a board.

- `image_pipeline`: the four steps, with a cache for the jobs of a session.
- `loaded_model`: a model that was read; `own_code` is tinylab's code for it.
- `prepared_network`: what every runtime provides before a build: files, inputs, outputs.
- `given_samples`: the samples that a network is given, and its accuracy on the host.
- `placing` plans which part goes into which memory; `fit` refuses what does not fit, before
  anything is built; `placing_advice` says which other plan would be faster.
- `st_code` uses what ST's tools generated; `st_model` runs ST's tool to generate it.
- `st_outputs`: what ST's code must answer, by tinylab's reference or the LiteRT interpreter.
- `protocol_image`: an image that speaks MLPerf Tiny's protocol, and what it must answer.
- `model_facts`: the same facts for lists of models, without a build.
"""
