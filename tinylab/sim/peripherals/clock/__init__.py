"""RCC of each family: oscillators, PLLs, prescalers.

`rcc` and `rcc_msi` hold what families share, `rcc_*` is each one's; `clock_tree` is the frequencies
that come of them.
"""
