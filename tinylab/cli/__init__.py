"""The `tinylab` command: everything that is printed, and the exit codes.

- `main` is the entry point. `arguments` turns words into a command and its options, from
  `command_table` and the declarations in `tinylab.options`; `flags` makes flags and help of them.
- `headless` is `tinylab run`, `protocol` the same with `--protocol`; `verify` is `tinylab verify`,
  `firmware` is `tinylab firmware`, `bench_core` is `tinylab bench-core`, `choose` finds a board,
  `interface` opens the screens.
- Listings: `listings`, `probes`, `models` (with `keras_check` and `explain`), `doctor`,
  `option_bytes`. `stored` has the commands for stored runs, and baselines.
- `request` makes a plan of options.
- Output: `output` prints, `progress` narrates on stderr, `files` writes result files; `streams` are
  stdout and stderr, `log_lines` what libraries log.
"""
