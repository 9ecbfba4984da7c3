"""How many cycles code takes: one model per core, one per mechanism of the memory system."""
