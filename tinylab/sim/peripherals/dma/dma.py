"""DMA of the STM32L4 and STM32WB: seven channels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.dma.dma_channel import BusMaster, DmaChannel, Transfer
from tinylab.sim.peripherals.dma.dma_request import DmaRequest

ISR, IFCR, FIRST, STRIDE = 0x00, 0x04, 0x08, 0x14
CCR, CNDTR, CPAR, CMAR = 0x0, 0x4, 0x8, 0xC
EN, TCIE, HTIE, TEIE, DIR, CIRC, PINC, MINC = (1 << bit for bit in range(8))
PSIZE, MSIZE, MEM2MEM = 8, 10, 1 << 14
GIF, TCIF, HTIF, TEIF = (1 << bit for bit in range(4))
FLAGS = 4
"""Bits of one channel in ISR."""
CHANNELS = 7


class DMA(Peripheral):
    """DMA controller (RM0434, DMA), its channels numbered from 0.

    `interrupts` are the channels' lines. `selected(channel)` is the request that DMAMUX routes to
    a channel.
    """

    STANDING: ClassVar[Collection[int]] = (ISR,)

    def __init__(
        self,
        bus: BusMaster,
        interrupts: Sequence[Callable[[bool], None]],
        selected: Callable[[int], DmaRequest],
    ) -> None:
        super().__init__()
        self._interrupts = interrupts
        self._selected = selected
        self._channels = [
            DmaChannel(
                bus,
                self._setter(channel, HTIF),
                self._completer(channel),
                self._failer(channel),
            )
            for channel in range(CHANNELS)
        ]

    def _setter(self, channel: int, flag: int) -> Callable[[], None]:
        def set_flag() -> None:
            flags = (flag | GIF) << FLAGS * channel
            self.words[ISR] = self.words.get(ISR, 0) | flags
            self._signal()

        return set_flag

    def _completer(self, channel: int) -> Callable[[], None]:
        set_flag = self._setter(channel, TCIF)

        def complete() -> None:
            self._keep_count(channel)
            set_flag()

        return complete

    def _failer(self, channel: int) -> Callable[[], None]:
        """A bus error disables the channel."""
        set_flag, control = self._setter(channel, TEIF), FIRST + STRIDE * channel + CCR

        def fail() -> None:
            self._keep_count(channel)
            self.words[control] &= ~EN
            set_flag()

        return fail

    def _keep_count(self, channel: int) -> None:
        """CNDTR of a channel that is not active stays where the transfer ended."""
        self.words[FIRST + STRIDE * channel + CNDTR] = self._channels[channel].remaining

    def reset(self) -> None:
        super().reset()
        for channel in self._channels:
            channel.stop()
        self._signal()

    def read(self, offset: int) -> int:
        channel, register = divmod(offset - FIRST, STRIDE)
        if register == CNDTR and 0 <= channel < CHANNELS and self._channels[channel].active:
            return self._channels[channel].remaining
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        channel, register = divmod(offset - FIRST, STRIDE)
        if offset == IFCR:
            self._clear_flags(value)
        elif 0 <= channel < CHANNELS:
            before = self.words.get(offset, 0)
            super().write(offset, value)
            if register == CCR and (before ^ value) & EN:
                self._switch(channel, on=bool(value & EN))
        self._signal()

    def _clear_flags(self, value: int) -> None:
        for channel in range(CHANNELS):
            if value >> FLAGS * channel & GIF:
                value |= 0xF << FLAGS * channel
        self.words[ISR] = self.words.get(ISR, 0) & ~value

    def _switch(self, channel: int, *, on: bool) -> None:
        if on:
            self._channels[channel].start(self._transfer(channel))
        elif self._channels[channel].active:
            self._keep_count(channel)
            self._channels[channel].stop()

    def _transfer(self, channel: int) -> Transfer:
        base = FIRST + STRIDE * channel
        control, items, peripheral, memory = (
            self.words.get(base + register, 0) for register in (CCR, CNDTR, CPAR, CMAR)
        )
        return Transfer(
            items=items & 0xFFFF,
            peripheral=peripheral,
            memory=memory,
            to_peripheral=bool(control & DIR),
            peripheral_size=1 << (control >> PSIZE & 0b11),
            memory_size=1 << (control >> MSIZE & 0b11),
            peripheral_increments=bool(control & PINC),
            memory_increments=bool(control & MINC),
            circular=bool(control & CIRC),
            request=None if control & MEM2MEM else self._selected(channel),
        )

    def _signal(self) -> None:
        flags = self.words.get(ISR, 0)
        for channel, interrupt in enumerate(self._interrupts):
            enabled = self.words.get(FIRST + STRIDE * channel, 0) & (TCIE | HTIE | TEIE)
            interrupt(bool(flags >> FLAGS * channel & enabled))
