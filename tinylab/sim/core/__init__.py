"""The emulated processor.

- `emulated_core` runs Thumb-2 code in Unicorn; `core_thread` is its thread.
- `address_space`: what the core can access.
- `alignment_faults`, `hint_instructions`, `it_blocks`, `store_guard`: functions that Unicorn lacks.
- `breakpoints`, `registers`: for a debugger. `faults`: the reasons for which the core stops.
"""
