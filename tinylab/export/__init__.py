"""Exports of results: tables, documents, pictures.

- `renderers` finds the module of a format (`tinylab.options.formats` lists them): `text_table`,
  `json_record`, `csv_table`, `markdown`, `html_report`, `screenshot`. `csv_text` and
  `markdown_text` keep foreign text from acting there.
- `charts`: pictures of times, clocks and layers, for the HTML page.
- `manifest`: hashes of a folder of results.
- `ci`: formats for continuous integration.
- `table` builds the two results tables that all of them draw; `bench_state` is the list below them.
- `firmware_table` and `firmware_report` do the same for images that were built elsewhere, with
  `why_table` for their cycles.
- `layer_table` has the cycles of a network's layers, `memory_table` what is in each memory,
  `comparison_table` what differs between runs.
  `plain_table` is what they draw.
"""
