"""Cortex-M7: six stages, two instructions a cycle in order, caches, tightly coupled memory.

- `costs`: what each instruction costs. `pipeline`: how they issue; `pipeline_state`: its record.
- `services`: how accesses are served. `model` puts them together and holds the compiled hooks.
"""
