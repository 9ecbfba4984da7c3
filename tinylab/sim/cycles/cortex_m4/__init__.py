"""Cortex-M4: three stages, one instruction at a time, code and data behind the ART.

- `costs`: the cost of each instruction. `pipeline`: their sequence.
- `overlap`: which accesses overlap.
- `instruction_fetch`: the prefetch; `wasted_fetches`: prefetched words that are never used.
- `model` combines them and has the compiled hooks.
"""
