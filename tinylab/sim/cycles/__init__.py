"""How many cycles code takes: a package for each core, a file for each mechanism of memory.

To read from the outside in:

- `accounting` hooks a model up to the emulator and keeps the two in step; `models` picks the
  `cycle_model` of a core. `precompile` compiles one beforehand, in a process of its own.
- A folder for each core (`cortex_m4`, `cortex_m7`, `cortex_m33`): `costs` (what each instruction
  costs), `pipeline`, `model`, and `services` where they differ from the others'. The Cortex-M4's
  `instruction_fetch` follows what is fetched ahead, `wasted_fetches` what of that is never used.
- `hooks`: what the emulator calls: the block that runs and the addresses that it accesses.
- `decoding`: code turned into rows of the record.
- `mechanisms`: memory, caches, branches. When a block is over, `services` ask them how each access
  was served; then the core's `pipeline` works out the cycles, or `transitions` remembers them.
- `compiled`: Numba, and the record that compiled code and Python share.

Each stands on those below it. A further core is a folder with `costs`, `services`, `pipeline` and
`model`, and a line in `models`.
"""
