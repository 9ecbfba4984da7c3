"""Records of runs, and where they are kept.

- `identity`: what was run, by whose code, and where. `record` is one run, made of `record_parts`;
  `error_record` is a failure kept whole; `firmware_record` is a run of somebody's own image.
- `documents` reads and writes them as JSON; `schemas` publishes the JSON Schemas.
- `store` is the database; `schema` its tables and migrations.
- `compare` sets runs against a baseline; `published` has the figures of the study.
"""
