"""The emulated processor.

- `emulated_core` runs Thumb-2 code in Unicorn; `core_thread` is the thread it runs in.
- `hint_instructions`, `it_blocks`, `store_guard`: what Unicorn leaves to us.
- `breakpoints`, `registers`: what a debugger sets and reads. `faults`: why the core stopped.
"""
