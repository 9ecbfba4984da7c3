"""The common part of all families' RCCs: ready flags of oscillators, and the clock switch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar, Generic, TypeVar

from tinylab.boards.clock_family import Clocks
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.clock.clock_tree import ClockTree

CR = 0x00
LSE_HZ = 32_768.0
"""The low-speed crystal that every board has."""
LSI_HZ = 32_000.0
RTC_CLOCKS = {1: LSE_HZ, 2: LSI_HZ}
"""BDCR.RTCSEL."""
RTCEN = 1 << 15
HOME = 0
"""SW after a reset: the oscillator that every part starts from."""


PartClocks = TypeVar("PartClocks", bound=Clocks)


class SwitchingRCC(Peripheral, Generic[PartClocks]):
    """The registers CR and CFGR. `clocks` is the board's clock tree.

    A ready flag is set while its oscillator is on and its input is ready, and SWS follows SW only
    to a ready clock. `on_change` is called after every change of the core clock. Each family
    defines the positions of its bits, and which clocks are ready and selected.
    """

    CFGR: ClassVar[int]
    SWS: ClassVar[int]
    """Lowest bit of CFGR.SWS."""
    READ_ONLY: ClassVar[int]
    """Bits of CFGR that are set by hardware."""
    READY_FLAGS: ClassVar[int]
    BDCR: ClassVar[int]
    ON_OF: ClassVar[Mapping[int, int]]
    """SW to the bit of CR that enables that clock."""
    PLL_ON: ClassVar[int]
    PLL_SETTINGS: ClassVar[Collection[int]]
    """Registers that can be written only while the PLL is off."""
    PLL_OUTPUTS: ClassVar[int] = 0
    """Bits of them that enable outputs, which can always be written."""
    CLOCK_REGISTERS: ClassVar[Collection[int]]
    """A write to one of these may change the core clock."""

    STOPPED: ClassVar[int]
    """Bits of CR that Stop mode clears: HSE and the PLLs."""
    SW_MASK: ClassVar[int] = 0b11
    STOPWUCK: ClassVar[int] = 0
    """Bit of CFGR that selects the clock `OTHER_HOME` after Stop mode."""
    OTHER_HOME: ClassVar[int] = HOME

    READY_AT_ONCE: ClassVar[Mapping[int, Mapping[int, int]]] = {}
    """By register, enable bits to their ready flags, which follow at once."""

    STANDING: ClassVar[Collection[int]] = range(0x100)

    def __init__(self, clocks: PartClocks, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._clocks = clocks
        self._on_change = on_change
        self.on_enables: Callable[[], None] = lambda: None
        """Called when the registers that enable clocks of memories may have changed."""
        self._switch = HOME

    @property
    def tree(self) -> ClockTree:
        """The frequencies that result from the registers."""
        raise NotImplementedError

    def reset(self) -> None:
        super().reset()
        self._switch = HOME
        self._on_change()
        self.on_enables()

    def after_stop(self) -> None:
        """Stop mode has ended: the part runs from its internal oscillator."""
        chosen = self.OTHER_HOME if self.words.get(self.CFGR, 0) & self.STOPWUCK else HOME
        self.words[CR] = self.words[CR] & ~self.STOPPED | self.ON_OF[chosen]
        self.words[self.CFGR] = self.words.get(self.CFGR, 0) & ~self.SW_MASK | chosen
        self._switch = chosen
        self._on_change()

    @property
    def rtc_hz(self) -> float:
        """RTCCLK; 0 if BDCR does not enable it, or takes it from HSE."""
        control = self.words.get(self.BDCR, 0)
        return RTC_CLOCKS.get(control >> 8 & 0b11, 0.0) if control & RTCEN else 0.0

    def read(self, offset: int) -> int:
        value = super().read(offset)
        for switch, ready in self.READY_AT_ONCE.get(offset, {}).items():
            value |= ready if value & switch else 0
        if offset == CR:
            return value | self._ready()
        if offset == self.CFGR:
            return value | self._switch << self.SWS
        return value

    def write(self, offset: int, value: int) -> None:
        if offset in self.PLL_SETTINGS and self.words[CR] & self.PLL_ON:
            value = self.words[offset] & ~self.PLL_OUTPUTS | value & self.PLL_OUTPUTS
        if offset == CR:  # the clock in use cannot be switched off
            value = value & ~self.READY_FLAGS | self.ON_OF[self._switch]
        elif offset == self.CFGR:
            value &= ~self.READ_ONLY
        value &= ~sum(self.READY_AT_ONCE.get(offset, {}).values())
        super().write(offset, value)
        if offset in self.CLOCK_REGISTERS:
            self._follow_switch()
            self._on_change()
        self.on_enables()

    def _ready(self) -> int:
        """The ready flags of CR."""
        raise NotImplementedError

    def _follow_switch(self) -> None:
        """Switch to the clock that CFGR.SW selects, if it is ready."""
        raise NotImplementedError
