"""DMA controllers and their request lines.

- `dma`: channels (L4, WB); `dma_streams`: streams (F4, F7, H7); `gpdma`: linked lists (U5).
- `dma_channel` transfers the items of one channel or stream; `dma_request` is the request line;
  `dmamux` routes it.
"""
