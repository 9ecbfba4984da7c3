"""The mechanisms of the cycle models, one file each.

- Memory: `address_map`, `flash_words`, `flash_accelerator` (ART), `icache`, `l1_cache`, `axi`;
  `services` queries them for each access.
- Fetch and branches: `prefetch_unit`, `branch_predictor`. Execution: `division`.
- `transitions` stores the results of blocks, `causes` attributes their cycles. `switches`: the
  mechanisms that can be disabled.
"""
