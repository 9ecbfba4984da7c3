"""RCC of each family: oscillators, PLLs, prescalers; `clock_tree`: the frequencies they give."""
