"""Records of runs, and their database.

- `identity`: what was run, by whose code, and where. `record` is one run, made of `record_parts`;
  `error_record` is a complete failure; `firmware_record` is a run of a user's own image,
  `cause_record` why its cycles passed, `layer_profile` the same for each layer of a network;
  `memory_record` is what is in each memory.
- `documents` reads and writes them as JSON; `schemas` publishes the JSON Schemas.
- `store` writes the database and `run_reader` reads it; `open_database` is their base, `database`
  opens the file, `schema` has its tables and migrations,
  `stored_run` reads a row, and `run_filter` says which rows.
- `sample_blocks` codes samples for the database; `loose_batches` joins those of a running run.
- `comparison` compares runs; `published` has the figures of the study.
"""
