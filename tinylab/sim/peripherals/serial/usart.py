"""USART: sends and receives at the firmware's baud rate, with interrupts and DMA."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import ClassVar

from tinylab.sim.bus import Peripheral
from tinylab.sim.events import Events
from tinylab.sim.peripherals.dma.dma_request import DmaRequest

CR1, CR2, CR3, BRR, RQR, ISR, ICR, RDR, TDR = 0x00, 0x04, 0x08, 0x0C, 0x18, 0x1C, 0x20, 0x24, 0x28
CR1_UE, CR1_RE, CR1_TE, CR1_OVER8 = 1 << 0, 1 << 2, 1 << 3, 1 << 15
CR1_IDLEIE, CR1_RXNEIE, CR1_TCIE, CR1_TXEIE, CR1_M = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 12
CR2_TWO_STOP_BITS = 1 << 13
CR3_EIE, CR3_DMAR, CR3_DMAT = 1 << 0, 1 << 6, 1 << 7
ORE, IDLE, RXNE, TC, TXE = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ISR_TEACK, ISR_REACK = 1 << 21, 1 << 22
RQR_RXFRQ = 1 << 3
BITS_OF_A_FRAME = 10
"""Start bit, eight data bits, stop bit."""


@dataclass(frozen=True)
class Wiring:
    """A USART's connections: clocks in Hz, time, interrupt line and DMA requests."""

    kernel_hz: Callable[[], float]
    core_hz: Callable[[], float]
    events: Events
    interrupt: Callable[[bool], None]
    rx_request: DmaRequest
    tx_request: DmaRequest


class USART(Peripheral):
    """USART with eight data bits (RM0434, USART; the same in RM0468), without its FIFOs.

    `on_byte` gets each byte at the end of its stop bit, and its baud rate; a receiver at another
    rate reads garbage. Bytes passed to `receive` are held back while the receiver is disabled,
    and are lost to overrun if the firmware does not read in time, as on silicon. `sent` counts
    the bytes sent since power-up.
    """

    STANDING: ClassVar[Collection[int]] = (CR1, CR2, CR3, BRR, ISR)
    CLOCKS_OF_A_BIT = 1
    """BRR counts in these units of kernel clocks."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__()
        self._wiring = wiring
        self._outside: deque[int] = deque()
        self._sent = wiring.events.alarm(self._frame_sent)
        self._arrived = wiring.events.alarm(self._frame_arrived)
        self._silent = wiring.events.alarm(self._line_silent)
        self.on_byte: Callable[[int, float], None] = lambda byte, baud: None
        self.sent = 0
        self._clear()

    def _clear(self) -> None:
        self._flags = TC | TXE
        self._data = 0
        self._shifting: int | None = None
        self._next: int | None = None

    def reset(self) -> None:
        super().reset()
        self._clear()
        self._outside.clear()
        for alarm in (self._sent, self._arrived, self._silent):
            alarm.clear()
        self._signal()

    @property
    def baud(self) -> float:
        """Baud rate from BRR and OVER8; 0 if BRR is not set."""
        divider = self.words.get(BRR, 0)
        if not divider:
            return 0.0
        if self.words.get(CR1, 0) & CR1_OVER8:
            return 2 * self._wiring.kernel_hz() / (divider & ~0xF | (divider & 7) << 1)
        return self.CLOCKS_OF_A_BIT * self._wiring.kernel_hz() / divider

    # Registers

    def read(self, offset: int) -> int:
        if offset == ISR:
            return self._status()
        if offset == RDR:
            self._set(0, clear=RXNE)
            return self._data
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == TDR:
            self._send(value & 0xFF)
        elif offset == ICR:
            self._set(0, clear=value & (ORE | IDLE | TC))
        elif offset == RQR:
            self._set(0, clear=RXNE if value & RQR_RXFRQ else 0)
        elif offset not in (ISR, RDR):
            super().write(offset, value)
            self._listen()
            self._signal()

    def write_narrow(self, offset: int, size: int, value: int) -> None:
        """Halfword and byte writes to the data register cannot be merged into a word."""
        if offset == TDR:
            self.write(offset, value)
        else:
            super().write_narrow(offset, size, value)

    def _on(self, bit: int) -> bool:
        control = self.words.get(CR1, 0)
        return bool(control & CR1_UE and control & bit)

    def _status(self) -> int:
        status = self._flags
        status |= ISR_TEACK if self._on(CR1_TE) else 0
        return status | (ISR_REACK if self._on(CR1_RE) else 0)

    def _set(self, flags: int, *, clear: int = 0) -> None:
        self._flags = self._flags & ~clear | flags
        self._signal()

    def _signal(self) -> None:
        """Drive the interrupt line and the DMA requests."""
        control, flags, dma = self.words.get(CR1, 0), self._flags, self.words.get(CR3, 0)
        enabled = control & (CR1_IDLEIE | CR1_RXNEIE | CR1_TCIE | CR1_TXEIE)
        enabled |= ORE if control & CR1_RXNEIE or dma & CR3_EIE else 0
        self._wiring.interrupt(bool(control & CR1_UE and flags & enabled))
        self._wiring.rx_request.set(bool(dma & CR3_DMAR and flags & RXNE))
        wants_data = dma & CR3_DMAT and flags & TXE and self._on(CR1_TE)
        self._wiring.tx_request.set(bool(wants_data))

    # The line

    def _frame_end(self) -> int:
        """The cycle at which a frame that starts now ends."""
        bits = BITS_OF_A_FRAME
        bits += 1 if self.words.get(CR1, 0) & CR1_M else 0
        bits += 1 if self.words.get(CR2, 0) & CR2_TWO_STOP_BITS else 0
        cycles = -(-bits * self._wiring.core_hz() // self.baud)
        return self._wiring.events.now() + int(cycles)

    def _send(self, byte: int) -> None:
        if not self.baud or not self._on(CR1_TE):
            return
        if self._shifting is None:
            self._shift(byte)
        else:
            self._next = byte
            self._set(0, clear=TC | TXE)

    def _shift(self, byte: int) -> None:
        """The byte leaves the data register, which becomes empty."""
        self._shifting, self._next = byte, None
        self._sent.set(self._frame_end())
        self._set(TXE, clear=TC)

    def _frame_sent(self) -> None:
        byte, following = self._shifting, self._next
        self._shifting = None
        self._put_out(byte)
        if following is not None and self.baud:
            self._shift(following)
        else:
            self._next = None
            self._set(TXE | TC)

    def flush(self) -> None:
        """The core is stopped, the line is not: bytes in transmission are sent."""
        if self._shifting is None:
            return
        for byte in (self._shifting, self._next):
            self._put_out(byte)
        self._shifting = self._next = None
        self._sent.clear()
        self._set(TXE | TC)

    def _put_out(self, byte: int | None) -> None:
        if byte is not None:
            self.sent += 1
            self.on_byte(byte, self.baud)

    def receive(self, data: bytes) -> None:
        """Bytes arrive at the RX pin, one after the other; callable from any thread."""
        self._wiring.events.post(lambda: self._come(data))

    def _come(self, data: bytes) -> None:
        self._outside.extend(data)
        self._listen()

    def _listen(self) -> None:
        """Start the next frame if possible."""
        if self._outside and self.baud and self._on(CR1_RE) and not self._arrived.is_set:
            self._silent.clear()
            self._arrived.set(self._frame_end())

    def _frame_arrived(self) -> None:
        byte = self._outside.popleft()
        if self._flags & RXNE:
            self._set(ORE)
        elif self._on(CR1_RE):
            self._data = byte
            self._set(RXNE)
        self._listen()
        if not self._arrived.is_set and self.baud:
            self._silent.set(self._frame_end())

    def _line_silent(self) -> None:
        """IDLE: no start bit for the time of a whole frame."""
        self._set(IDLE)


class LPUART(USART):
    """LPUART: the same registers, a BRR in 256ths (RM0434 and RM0468, LPUART)."""

    CLOCKS_OF_A_BIT = 256
