"""DMA controllers and their request lines.

- `dma`: channels (L4, WB); `dma_streams`: streams (F4, F7, H7); `gpdma`: linked lists (U5).
- `dma_channel` moves the items of one; `dma_request` is the line that asks; `dmamux` routes it.
"""
