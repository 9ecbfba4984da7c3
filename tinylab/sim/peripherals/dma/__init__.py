"""DMA: channels (L4, WB), streams (F4, F7, H7), linked lists (U5), and their request lines."""
