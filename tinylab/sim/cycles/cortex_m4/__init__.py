"""Cortex-M4: three stages, one instruction at a time, code and data behind the ART.

- `costs`: what each instruction costs. `pipeline`: how they follow one another.
- `instruction_fetch`: what is fetched ahead; `wasted_fetches`: what of that is never used.
- `model` puts them together and holds the compiled hooks.
"""
