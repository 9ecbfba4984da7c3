"""What differs between the families of parts: clocks, power, flash controller, serial ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.crc import CRC, FixedCRC
from tinylab.sim.peripherals.flash_controller import FlashController
from tinylab.sim.peripherals.flash_f4 import FlashF4
from tinylab.sim.peripherals.flash_h7 import FlashH7
from tinylab.sim.peripherals.flash_l4 import FlashL4
from tinylab.sim.peripherals.flash_u5 import FlashU5
from tinylab.sim.peripherals.pwr_f4 import PWRofF4
from tinylab.sim.peripherals.pwr_h7 import PWRofH7
from tinylab.sim.peripherals.pwr_u5 import PWRofU5
from tinylab.sim.peripherals.pwr_wb import PWRofWB
from tinylab.sim.peripherals.rcc import SwitchingRCC
from tinylab.sim.peripherals.rcc_f4 import RCCofF4
from tinylab.sim.peripherals.rcc_h7 import RCCofH7
from tinylab.sim.peripherals.rcc_u5 import RCCofU5
from tinylab.sim.peripherals.rcc_wb import RCCofWB
from tinylab.sim.peripherals.usart import USART
from tinylab.sim.peripherals.usart_f4 import USARTofF4

Clocks = Mapping[str, Any]
"""The board's table of oscillators and limits."""
OnChange = Callable[[], None]


@dataclass(frozen=True)
class Family:
    """`rcc_and_pwr` makes both, as the one may depend on the other."""

    rcc_and_pwr: Callable[[Clocks, OnChange], tuple[SwitchingRCC, Peripheral]]
    usart: type[USART] = USART
    crc: type[CRC] = CRC
    dma_streams: bool = False
    """Its DMA has streams, not channels."""
    compensation_cell: bool = False
    """SYSCFG switches one on and says when it is ready."""
    hsem_core: int = 0
    """COREID of the core that runs here (RM0434 and RM0468, HSEM)."""


def _rcc_and_pwr_of_f4(clocks: Clocks, on_change: OnChange) -> tuple[SwitchingRCC, Peripheral]:
    rcc = RCCofF4(clocks, on_change)
    return rcc, PWRofF4(clocks, lambda: rcc.power_clocked, lambda: rcc.pll_ready)


def _rcc_and_pwr_of_u5(clocks: Clocks, on_change: OnChange) -> tuple[SwitchingRCC, Peripheral]:
    rcc = RCCofU5(clocks, on_change)
    return rcc, PWRofU5(clocks, lambda: rcc.power_clocked, lambda: rcc.booster_hz)


FAMILIES: Mapping[str, Family] = {
    "f4": Family(
        _rcc_and_pwr_of_f4,
        usart=USARTofF4,
        crc=FixedCRC,
        dma_streams=True,
        compensation_cell=True,
    ),
    "h7": Family(
        lambda clocks, on_change: (RCCofH7(clocks, on_change), PWRofH7()),
        dma_streams=True,
        compensation_cell=True,
        hsem_core=3,
    ),
    "u5": Family(_rcc_and_pwr_of_u5),
    "wb": Family(
        lambda clocks, on_change: (RCCofWB(clocks, on_change), PWRofWB()),
        hsem_core=4,
    ),
}
"""By `Board.family`."""

FLASH_KINDS: Mapping[str, type[FlashController]] = {
    "f4": FlashF4,
    "h7": FlashH7,
    "l4": FlashL4,
    "u5": FlashU5,
}
"""By `FlashLayout.kind`."""
