"""Cortex-M7: six stages, two instructions a cycle in order, caches, tightly coupled memory.

- `costs`: the cost of each instruction. `pipeline`: their issue; `pipeline_state`: its record.
- `services`: how accesses are served. `model` combines them and has the compiled hooks.
"""
