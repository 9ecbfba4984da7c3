"""RCC of each family: oscillators, PLLs, prescalers.

`rcc` and `rcc_msi` have the parts that families share, `rcc_*` those of each family; `clock_tree`
has the resulting frequencies.
"""
