"""What differs between the families of parts: clocks, power, flash controller, serial ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from tinylab.boards.board import FamilyName, FlashKind
from tinylab.boards.clock_f4 import F4Clocks, F7Clocks
from tinylab.boards.clock_h7 import H7Clocks
from tinylab.boards.clock_msi import MsiClocks
from tinylab.boards.clock_u5 import U5Clocks
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.adc import ADC
from tinylab.sim.peripherals.crc import CRC, FixedCRC
from tinylab.sim.peripherals.flash_controller import FlashController
from tinylab.sim.peripherals.flash_f4 import FlashF4
from tinylab.sim.peripherals.flash_f7 import FlashF7
from tinylab.sim.peripherals.flash_h7 import FlashH7, FlashH7A3
from tinylab.sim.peripherals.flash_l4 import FlashL4
from tinylab.sim.peripherals.flash_l4plus import FlashL4Plus
from tinylab.sim.peripherals.flash_u5 import FlashU5
from tinylab.sim.peripherals.pwr_f4 import PWRofF4
from tinylab.sim.peripherals.pwr_h7 import PWRofH7
from tinylab.sim.peripherals.pwr_l4 import PWRofL4
from tinylab.sim.peripherals.pwr_u5 import PWRofU5
from tinylab.sim.peripherals.pwr_wb import PWRofWB
from tinylab.sim.peripherals.rcc import PartClocks, SwitchingRCC
from tinylab.sim.peripherals.rcc_f4 import RCCofF4
from tinylab.sim.peripherals.rcc_f7 import RCCofF7
from tinylab.sim.peripherals.rcc_h7 import RCCofH7
from tinylab.sim.peripherals.rcc_l4 import RCCofL4
from tinylab.sim.peripherals.rcc_u5 import RCCofU5
from tinylab.sim.peripherals.rcc_wb import RCCofWB
from tinylab.sim.peripherals.usart import USART
from tinylab.sim.peripherals.usart_f4 import USARTofF4

OnChange = Callable[[], None]
RccAndPwr = tuple[SwitchingRCC[Any], Peripheral]


@dataclass(frozen=True)
class Family(Generic[PartClocks]):
    """`rcc_and_pwr` makes both, as the one may depend on the other."""

    rcc_and_pwr: Callable[[PartClocks, OnChange], RccAndPwr]
    usart: type[USART] = USART
    crc: type[CRC] = CRC
    adc: type[Peripheral] = ADC
    dma_streams: bool = False
    """Its DMA has streams, not channels."""
    wide_timers: tuple[str, ...] = ("TIM2", "TIM5", "TIM23", "TIM24")
    """Timers of 32 bits (general-purpose timers in the reference manuals)."""
    compensation_cell: bool = False
    """SYSCFG switches one on and says when it is ready."""
    hsem_core: int = 0
    """COREID of the core that runs here (RM0434 and RM0468, HSEM)."""
    beside: Callable[[Peripheral], Mapping[str, Peripheral]] = lambda pwr: {}
    """More peripherals that hang together with PWR, by name."""


def _rcc_and_pwr_of_f4(clocks: F4Clocks, on_change: OnChange) -> RccAndPwr:
    rcc = RCCofF4(clocks, on_change)
    return rcc, PWRofF4(clocks, lambda: rcc.power_clocked, lambda: rcc.pll_ready)


def _rcc_and_pwr_of_f7(clocks: F7Clocks, on_change: OnChange) -> RccAndPwr:
    rcc = RCCofF7(clocks, on_change)
    return rcc, PWRofF4(clocks, lambda: rcc.power_clocked, lambda: rcc.pll_ready)


def _rcc_and_pwr_of_l4(clocks: MsiClocks, on_change: OnChange) -> RccAndPwr:
    rcc = RCCofL4(clocks, on_change)
    return rcc, PWRofL4(lambda: rcc.power_clocked)


def _rcc_and_pwr_of_u5(clocks: U5Clocks, on_change: OnChange) -> RccAndPwr:
    rcc = RCCofU5(clocks, on_change)
    return rcc, PWRofU5(clocks, lambda: rcc.power_clocked, lambda: rcc.booster_hz)


def _rcc_and_pwr_of_h7(clocks: H7Clocks, on_change: OnChange) -> RccAndPwr:
    rcc = RCCofH7(clocks, on_change)
    return rcc, PWRofH7(clocks, lambda: rcc.syscfg_clocked)


def _beside_h7(pwr: Peripheral) -> Mapping[str, Peripheral]:
    assert isinstance(pwr, PWRofH7)
    return {"SYSCFG": pwr.syscfg}


FAMILIES: Mapping[FamilyName, Family[Any]] = {
    "f4": Family(
        _rcc_and_pwr_of_f4,
        usart=USARTofF4,
        crc=FixedCRC,
        adc=Peripheral,
        dma_streams=True,
        compensation_cell=True,
    ),
    "f7": Family(_rcc_and_pwr_of_f7, adc=Peripheral, dma_streams=True, compensation_cell=True),
    "h7": Family(
        _rcc_and_pwr_of_h7,
        dma_streams=True,
        compensation_cell=True,
        hsem_core=3,
        beside=_beside_h7,
    ),
    "l4": Family(_rcc_and_pwr_of_l4),
    "u5": Family(_rcc_and_pwr_of_u5, wide_timers=("TIM2", "TIM3", "TIM4", "TIM5")),
    "wb": Family(
        lambda clocks, on_change: (RCCofWB(clocks, on_change), PWRofWB()),
        hsem_core=4,
    ),
}
"""By `Board.family`."""

FLASH_KINDS: Mapping[FlashKind, type[FlashController]] = {
    "f4": FlashF4,
    "f7": FlashF7,
    "h7": FlashH7,
    "h7a3": FlashH7A3,
    "l4": FlashL4,
    "l4+": FlashL4Plus,
    "u5": FlashU5,
}
"""By `FlashLayout.kind`."""
