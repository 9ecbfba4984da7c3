"""Cortex-M7: six stages, two instructions a cycle in order, caches, tightly coupled memory.

- `costs`: the cost of each instruction; `units`: what it occupies. `issue`: when they issue, and
  which together. `pipeline`: fetch, execution and branches; `pipeline_state`: its record.
- `services`: how accesses are served; `cached_accesses`: blocks that only hit caches;
  `data_access`: how they stall the core; `store_buffer`.
- `model` combines them and has the compiled hooks.
"""
