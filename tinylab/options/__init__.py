"""Everything that a user may choose, each option declared once.

Read `option` first: what a declaration says. `measuring`, `looks`, `firmware`, `run_flags` and
`listing_flags` are the declarations; `table` has all of them by command. An option is a field of
a frozen dataclass, so that its type and its default are what the code works with; its declaration
says where it applies. From that follow the flags of each command and their help (`tinylab.cli`),
the fields of the settings page (`tinylab.screens.settings_page`), what is saved
(`tinylab.settings`), the options of a plan (`tinylab.bench.plan`), and every refusal of a flag
that does not apply. A new option is one declaration; `tests/unit/test_options_declared_once.py`
makes one up, and finds it everywhere.
"""
