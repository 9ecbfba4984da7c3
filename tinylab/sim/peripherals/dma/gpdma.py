"""GPDMA of the STM32U5: channels with linked lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.dma.dma_channel import BusMaster, DmaChannel, Transfer
from tinylab.sim.peripherals.dma.dma_request import DmaRequest

FIRST, STRIDE, CHANNELS = 0x50, 0x80, 16
CLBAR, CFCR, CSR, CCR = 0x00, 0x0C, 0x10, 0x14
CTR1, CTR2, CBR1, CSAR, CDAR, CLLR = 0x40, 0x44, 0x48, 0x4C, 0x50, 0x7C
EN, RESET_BIT, SUSP = 1 << 0, 1 << 1, 1 << 2
IDLEF, TCF, HTF, DTEF, ULEF, SUSPF = (1 << bit for bit in (0, 8, 9, 10, 11, 13))
ENABLES = TCF | HTF | DTEF | ULEF
"""CCR.TCIE, HTIE, DTEIE and ULEIE have the positions of the flags in CSR."""
SDW, SINC, DDW, DINC = 0, 1 << 3, 16, 1 << 19
REQSEL, SWREQ, DREQ = 0x7F, 1 << 9, 1 << 10
BNDT = 0xFFFF
LISTED = ((31, CTR1), (30, CTR2), (29, CBR1), (28, CSAR), (27, CDAR), (16, CLLR))
"""The words of a list item, in order, each present if its bit of CLLR is set."""
LINK_ADDRESS, LINK_BASE = 0xFFFC, 0xFFFF_0000


class GPDMA(Peripheral):
    """GPDMA (RM0456, GPDMA registers): transfers blocks in the order of the linked list.

    `interrupts` are the channels' lines, `numbered(request)` returns the request selected by
    REQSEL. Triggers, two-dimensional addressing, bursts and data handling are registers only.
    """

    SPAN: ClassVar[int] = FIRST + STRIDE * CHANNELS
    STANDING: ClassVar[Collection[int]] = range(FIRST + CSR, SPAN, STRIDE)

    def __init__(
        self,
        bus: BusMaster,
        interrupts: Sequence[Callable[[bool], None]],
        numbered: Callable[[int], DmaRequest],
    ) -> None:
        super().__init__()
        self._bus = bus
        self._interrupts = interrupts
        self._numbered = numbered
        self._channels = [
            DmaChannel(
                bus,
                self._setter(channel, HTF),
                self._completer(channel),
                self._failer(channel, DTEF),
            )
            for channel in range(CHANNELS)
        ]

    def _word(self, channel: int, register: int) -> int:
        return self.words.get(FIRST + STRIDE * channel + register, 0)

    def _keep(self, channel: int, register: int, value: int) -> None:
        self.words[FIRST + STRIDE * channel + register] = value

    def _setter(self, channel: int, flag: int) -> Callable[[], None]:
        def set_flag() -> None:
            self._keep(channel, CSR, self._word(channel, CSR) | flag)
            self._signal(channel)

        return set_flag

    def _completer(self, channel: int) -> Callable[[], None]:
        set_flag = self._setter(channel, TCF)

        def complete() -> None:
            if not self._next_item(channel):
                self._keep_count(channel)
                self._keep(channel, CCR, self._word(channel, CCR) & ~EN)
            set_flag()

        return complete

    def _failer(self, channel: int, flag: int) -> Callable[[], None]:
        """A bus error disables the channel."""
        set_flag = self._setter(channel, flag)

        def fail() -> None:
            self._keep_count(channel)
            self._keep(channel, CCR, self._word(channel, CCR) & ~EN)
            set_flag()

        return fail

    def _keep_count(self, channel: int) -> None:
        """CBR1.BNDT of a channel that is not active stays where the block ended."""
        width = 1 << (self._word(channel, CTR1) >> SDW & 0b11)
        rest = self._channels[channel].remaining * width
        self._keep(channel, CBR1, self._word(channel, CBR1) & ~BNDT | rest)

    def reset(self) -> None:
        super().reset()
        for number, channel in enumerate(self._channels):
            channel.stop()
            self._signal(number)

    def read(self, offset: int) -> int:
        channel, register = divmod(offset - FIRST, STRIDE)
        value = super().read(offset)
        if not 0 <= channel < CHANNELS:
            return value
        if register == CSR:
            return value | (0 if self._channels[channel].active else IDLEF)
        if register == CBR1 and self._channels[channel].active:
            width = 1 << (self._word(channel, CTR1) >> SDW & 0b11)
            return value & ~BNDT | self._channels[channel].remaining * width
        return value

    def write(self, offset: int, value: int) -> None:
        channel, register = divmod(offset - FIRST, STRIDE)
        if not 0 <= channel < CHANNELS:
            super().write(offset, value)
        elif register == CFCR:
            self._keep(channel, CSR, self._word(channel, CSR) & ~value)
        elif register == CCR:
            self._control(channel, value)
        elif register != CSR:
            super().write(offset, value)
        if 0 <= channel < CHANNELS:
            self._signal(channel)

    def _control(self, channel: int, value: int) -> None:
        """RESET and SUSP take effect at once; software cannot clear EN."""
        running = self._channels[channel].active
        if value & RESET_BIT:
            self._channels[channel].stop()
            self._keep(channel, CCR, value & ~(RESET_BIT | EN))
            self._keep(channel, CSR, 0)
            return
        self._keep(channel, CCR, value | (EN if running else 0))
        if value & SUSP and running:
            self._channels[channel].stop()
            self._setter(channel, SUSPF)()
        elif value & EN and not running:
            self._start(channel)

    def _start(self, channel: int) -> None:
        """Start with the block in the registers, or with the first of the list."""
        if self._word(channel, CBR1) & BNDT:
            self._channels[channel].start(self._transfer(channel))
        else:
            self._next_item(channel)

    def _next_item(self, channel: int) -> bool:
        """Load the item that CLLR points to, and start it; False at the end of the list."""
        link = self._word(channel, CLLR)
        if not link:
            return False
        address = self._word(channel, CLBAR) & LINK_BASE | link & LINK_ADDRESS
        for bit, register in LISTED:
            if link >> bit & 1:
                value = self._bus.load(address, 4)
                if value is None:
                    self._failer(channel, ULEF)()
                    return False
                self._keep(channel, register, value)
                address += 4
        if not link >> 16 & 1:
            self._keep(channel, CLLR, 0)
        self._channels[channel].start(self._transfer(channel))
        return True

    def _transfer(self, channel: int) -> Transfer:
        control, selection = self._word(channel, CTR1), self._word(channel, CTR2)
        source, destination = self._word(channel, CSAR), self._word(channel, CDAR)
        source_size, destination_size = (1 << (control >> at & 0b11) for at in (SDW, DDW))
        increments = bool(control & SINC), bool(control & DINC)
        outward = bool(selection & DREQ)
        memory, peripheral = (0, 1) if outward else (1, 0)
        return Transfer(
            items=(self._word(channel, CBR1) & BNDT) // source_size,
            peripheral=(source, destination)[peripheral],
            memory=(source, destination)[memory],
            to_peripheral=outward,
            peripheral_size=(source_size, destination_size)[peripheral],
            memory_size=(source_size, destination_size)[memory],
            peripheral_increments=increments[peripheral],
            memory_increments=increments[memory],
            circular=False,
            request=None if selection & SWREQ else self._numbered(selection & REQSEL),
        )

    def _signal(self, channel: int) -> None:
        wanted = self._word(channel, CCR) & ENABLES
        if channel < len(self._interrupts):
            self._interrupts[channel](bool(self._word(channel, CSR) & wanted))
