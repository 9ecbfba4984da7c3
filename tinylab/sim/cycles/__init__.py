"""How many cycles code takes: a package for each core, a file for each mechanism of memory.

To read from the outside in:

- `accounting` hooks a model up to the emulator and keeps the two in step; `settings` are what
  the firmware can change; `models` picks the model of a core.
- `decode` turns code into `instruction.Instruction`; a core's `costs` says what each costs;
  `decoded` keeps that as rows of the record in `layout`, which compiled code and Python share.
- `tracing` finds the block that runs and notes the addresses that it accesses.
- When a block is over, the core's `services` ask the memory system (`flash_accelerator`,
  `icache`, both on `flash_words`; `l1_cache`, `axi`) how each access was served; then its
  `pipeline` works out the cycles, or `transitions` remembers them.
- What the Cortex-M4 and the Cortex-M33 have in common is in `services`, `blocks` and
  `prefetch_unit`; the Cortex-M4's `fetching` follows what is fetched ahead, and `beyond` what of
  that is in vain.

A further core is a package with `costs`, `services`, `pipeline` and `model`, and a line in
`models`. All in compiled code goes through `compiled`; calls out of it are in `native`. `ahead`
compiles a model in another process when the cache has none yet.
"""
