"""Boards and their clocks, as data with sources.

- `catalog` lists the boards of `data/*.toml` and the user's own. `board_file` reads a file, whose
  form is `board_document`, and makes a `board` of it; `decoding` and `schema_words` say what is
  wrong in it; `schemas` publishes the JSON Schemas.
- `clocks` solves a clock tree: register words for a frequency, or the nearest that exist.
  `clock_family` is what all families share; each has its own limits in `clock_*`.
- `clock_steps`: the ranges of clocks in which the cycles do not change.
- `family_table` reads `families/*.toml`: which peripheral is at which address; `peripheral` is one.
- `placement`: which parts of a program are in which memories of a board.
- `serial` (baud rates), `timing` (memory system, for cycle models), `calibration` (known errors).
"""
