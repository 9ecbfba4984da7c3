"""All user options, each declared once.

- `option`: the declaration. `table`: all of them, by command.
- The declarations: `measuring`, `placing`, `protocol`, `looks`, `firmware`, `run_flags`,
  `verifying`, `core_loops`, `choosing`, `listing_flags`, `stored_runs`.
- `combinations`: which options require or exclude one another. `formats`: the formats of results.

An option is a field of a frozen dataclass: its type and default are what the code works with, and
its declaration says where it applies. From that follow the flags of each command and their help
(`tinylab.cli`), the fields of the settings page (`tinylab.screens.settings_page`), what is saved
(`tinylab.settings`), the options of a plan (`tinylab.bench.plan`), and the errors for flags that do
not apply. A new option is one declaration; `tests/unit/test_options_declared_once.py` declares one
and checks all of these.
"""
