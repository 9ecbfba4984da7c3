"""Counts the cycles of code: a package for each core, a file for each mechanism of memory.

From the outside in:

- `accounting` connects a model to the emulator and keeps the two synchronised; `models` selects the
  `cycle_model` of a core. `cause_counters` adds up why cycles passed. `precompile` compiles a model
  in advance, in a separate process.
- A folder for each core (`cortex_m4`, `cortex_m7`, `cortex_m33`): `costs` (the cost of each
  instruction), `pipeline`, `model`; and `services` if they differ from those of the other cores.
  The Cortex-M4's `instruction_fetch` models the prefetch, `wasted_fetches` the prefetched words
  that are never used.
- `hooks`: called by the emulator: the block that runs and the addresses that it accesses.
- `decoding`: decodes code into rows of the record.
- `mechanisms`: memory, caches, branches. When a block is over, `services` ask them how each access
  was served; then the core's `pipeline` works out the cycles, or `transitions` remembers them.
- `compiled`: Numba, and the record that compiled code and Python share.

Each uses only those below it. A new core requires a folder with `costs`, `services`, `pipeline` and
`model`, and a line in `models`.
"""
