"""From a network to C with Cube.AI's public interface.

- `generate` lists the files that come out. `simplify` and `lower` turn layers into kernel calls,
  `layers` has a module for each layer kind, `arena` places activations, `weights` the parameters.
- `compress` makes x4 and x8 codes. `support_check` refuses what has no kernel.
- `inference`, `api`, `names_header` and `writer` write the C; `tensor` converts inputs and outputs.
- `cubeai` reads code that ST's tools generated; `st_tool` runs ST's generator.
"""
