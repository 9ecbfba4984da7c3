"""Flash controllers (`flash_*`) and option bytes (`options_*`) of each family.

`flash_controller`, `flash_lock` and `option_bytes` have the common parts.
"""
