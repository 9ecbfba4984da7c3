"""Results as people and programs take them away: tables, documents, pictures.

- `formats` is the table of all formats; one module draws each: `text_table`, `json_record`,
  `csv_table`, `markdown`, `html_report`, `screenshot`.
- `table` builds the two results tables that all of them draw; `bench_state` is what stands below.
- `firmware_table` and `firmware_report` do the same for images that were built elsewhere.
"""
