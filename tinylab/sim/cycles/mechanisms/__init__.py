"""The parts that cycle models are made of, a file for each mechanism.

- Memory: `address_map`, `flash_words`, `flash_accelerator` (ART), `icache`, `l1_cache`, `axi`;
  `services` asks them how each access was served.
- Fetch and branches: `prefetch_unit`, `branch_predictor`. Execution: `division`.
- `transitions` remembers what a block came to. `switches`: which mechanism can be left out.
"""
