"""DMA of the STM32F4, F7 and H7: eight streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.dma.dma_channel import BusMaster, DmaChannel, Transfer
from tinylab.sim.peripherals.dma.dma_request import DmaRequest

LISR, LIFCR, FIRST, STRIDE = 0x00, 0x08, 0x10, 0x18
CR, NDTR, PAR, M0AR = 0x0, 0x4, 0x8, 0xC
EN, TEIE, HTIE, TCIE, CIRC, PINC, MINC = (1 << bit for bit in (0, 2, 3, 4, 8, 9, 10))
DIR, PSIZE, MSIZE, CHSEL = 6, 11, 13, 25
TO_PERIPHERAL, MEMORY_TO_MEMORY = 0b01, 0b10
TEIF, HTIF, TCIF = 1 << 3, 1 << 4, 1 << 5
ENABLE_TO_FLAG = 1
"""TEIE, HTIE and TCIE are one bit below TEIF, HTIF and TCIF."""
FLAGS_AT = (0, 6, 16, 22)
"""First flag of a stream in LISR or HISR."""
STREAMS = 8


class StreamDMA(Peripheral):
    """DMA controller (RM0390, DMA; the same in RM0468), in direct mode.

    `interrupts` are the streams' lines. `selected(stream, channel)` is the request of a stream
    if CHSEL selects that channel; with DMAMUX there is no CHSEL. Double buffers, the FIFO and
    bursts are registers without effect.
    """

    def __init__(
        self,
        bus: BusMaster,
        interrupts: Sequence[Callable[[bool], None]],
        selected: Callable[[int, int], DmaRequest],
    ) -> None:
        super().__init__()
        self._interrupts = interrupts
        self._selected = selected
        self._streams = [
            DmaChannel(
                bus, self._setter(stream, HTIF), self._completer(stream), self._failer(stream)
            )
            for stream in range(STREAMS)
        ]
        self._programmed = [0] * STREAMS
        """NDTR as written, from which it is reloaded when the stream is enabled again."""

    def _setter(self, stream: int, flag: int) -> Callable[[], None]:
        offset, shift = LISR + 4 * (stream // 4), FLAGS_AT[stream % 4]

        def set_flag() -> None:
            self.words[offset] = self.words.get(offset, 0) | flag << shift
            self._signal()

        return set_flag

    def _completer(self, stream: int) -> Callable[[], None]:
        set_flag, control = self._setter(stream, TCIF), FIRST + STRIDE * stream + CR

        def complete() -> None:
            if not self._streams[stream].active:
                self.words[control] = self.words.get(control, 0) & ~EN
                self._keep_count(stream)
            set_flag()

        return complete

    def _failer(self, stream: int) -> Callable[[], None]:
        """A bus error disables the stream."""
        set_flag, control = self._setter(stream, TEIF), FIRST + STRIDE * stream + CR

        def fail() -> None:
            self.words[control] &= ~EN
            self._keep_count(stream)
            set_flag()

        return fail

    def _keep_count(self, stream: int) -> None:
        """NDTR of a stream that is not active stays where the transfer ended."""
        self.words[FIRST + STRIDE * stream + NDTR] = self._streams[stream].remaining

    def reset(self) -> None:
        super().reset()
        for stream in self._streams:
            stream.stop()
        self._programmed = [0] * STREAMS
        self._signal()

    def read(self, offset: int) -> int:
        stream, register = divmod(offset - FIRST, STRIDE)
        if register == NDTR and 0 <= stream < STREAMS and self._streams[stream].active:
            return self._streams[stream].remaining
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        stream, register = divmod(offset - FIRST, STRIDE)
        if LIFCR <= offset < FIRST:
            flags = LISR + offset - LIFCR
            self.words[flags] = self.words.get(flags, 0) & ~value
        elif 0 <= stream < STREAMS:
            before = self.words.get(offset, 0)
            super().write(offset, value)
            if register == NDTR:
                self._programmed[stream] = value & 0xFFFF
            if register == CR and (before ^ value) & EN:
                self._switch(stream, on=bool(value & EN))
        self._signal()

    def _switch(self, stream: int, *, on: bool) -> None:
        """A stream stopped by software reports that its last transfer is complete."""
        if on:
            self._streams[stream].start(self._transfer(stream))
        elif self._streams[stream].active:
            self._keep_count(stream)
            self._streams[stream].stop()
            self._setter(stream, TCIF)()

    def _transfer(self, stream: int) -> Transfer:
        base = FIRST + STRIDE * stream
        control, peripheral, memory = (
            self.words.get(base + register, 0) for register in (CR, PAR, M0AR)
        )
        direction, channel = control >> DIR & 0b11, control >> CHSEL & 0b111
        at_once = direction == MEMORY_TO_MEMORY
        size = 1 << (control >> PSIZE & 0b11)
        return Transfer(
            items=self._programmed[stream],
            peripheral=peripheral,
            memory=memory,
            to_peripheral=direction == TO_PERIPHERAL,
            peripheral_size=size,
            memory_size=size,
            peripheral_increments=bool(control & PINC),
            memory_increments=bool(control & MINC),
            circular=bool(control & CIRC),
            request=None if at_once else self._selected(stream, channel),
        )

    def _signal(self) -> None:
        for stream, interrupt in enumerate(self._interrupts):
            flags = self.words.get(LISR + 4 * (stream // 4), 0) >> FLAGS_AT[stream % 4]
            control = self.words.get(FIRST + STRIDE * stream + CR, 0)
            enabled = (control & (TCIE | HTIE | TEIE)) << ENABLE_TO_FLAG
            interrupt(bool(flags & enabled))
