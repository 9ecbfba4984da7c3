"""Entries of the tables of peripherals: model, interrupts, DMA requests."""

from __future__ import annotations

from typing import Literal

PeripheralModel = Literal[
    "adc",
    "backup_sram",
    "crc",
    "crc_fixed",
    "dma_channels",
    "dma_streams",
    "dmamux",
    "dmamux2",
    "exti_f4",
    "exti_h7",
    "exti_l4",
    "exti_wb",
    "gpdma",
    "gpio",
    "hsem_3",
    "hsem_4",
    "icache",
    "lpuart",
    "otg",
    "pwr_f4",
    "pwr_h7",
    "pwr_l4",
    "pwr_u5",
    "pwr_wb",
    "rcc_f4",
    "rcc_f7",
    "rcc_h7",
    "rcc_l4",
    "rcc_u5",
    "rcc_wb",
    "registers",
    "rng",
    "rtc",
    "rtc_wakeup",
    "syscfg_cell",
    "syscfg_h7",
    "timer16",
    "timer32",
    "usart",
    "usart_f4",
]
"""The model of a peripheral on a virtual board, as in `sim.peripheral_factory.MODELS`."""

Interrupts = int | tuple[int, ...]
"""The number of a peripheral's interrupt, or one for each of its channels."""
DmaRequests = int | tuple[tuple[int, int, int], ...]
"""The number at DMAMUX or GPDMA, or (DMA, stream, channel) triples."""
