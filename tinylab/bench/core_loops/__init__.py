"""`tinylab bench-core`: counts the cycles of small loops, each of which shows one rule of a core.

- `data/` has the loops of each core, with published cycles; `loops` reads it. `assembly` makes
  functions of them that count cycles, and puts their counts together.
- `comparison` runs the loops of a board's core, on a real board on the virtual one of its kind
  too: `image` builds the firmware, `execution` drives it.
- `document` is the result.
"""
