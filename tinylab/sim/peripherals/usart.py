"""USART: bytes out with the baud rate that the firmware set, bytes in from a queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tinylab.sim.bus import Peripheral

CR1, BRR, ISR, RDR, TDR = 0x00, 0x0C, 0x1C, 0x24, 0x28
CR1_UE, CR1_RE, CR1_TE, CR1_OVER8 = 1 << 0, 1 << 2, 1 << 3, 1 << 15
ISR_RXNE, ISR_TC, ISR_TXE, ISR_TEACK, ISR_REACK = 1 << 5, 1 << 6, 1 << 7, 1 << 21, 1 << 22
BITS_OF_A_FRAME = 10
"""Start bit, eight data bits, stop bit."""


class USART(Peripheral):
    """USART with eight data bits (RM0434, USART; the same in RM0468), no interrupts or DMA.

    `clock` gives the kernel clock in Hz, `now` simulated time in seconds. `on_byte` gets
    each byte that is sent and its baud rate; a receiver at another rate reads garbage.
    """

    def __init__(self, clock: Callable[[], float], now: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._now = now
        self._received: deque[int] = deque()
        self._sent_at = 0.0
        self._arrives_at: float | None = None
        self.on_byte: Callable[[int, float], None] = lambda byte, baud: None

    @property
    def baud(self) -> float:
        """Baud rate from BRR and OVER8; 0 when BRR is not set."""
        divider = self.words.get(BRR, 0)
        if not divider:
            return 0.0
        if self.words.get(CR1, 0) & CR1_OVER8:
            return 2 * self._clock() / (divider & ~0xF | (divider & 7) << 1)
        return self._clock() / divider

    def receive(self, data: bytes) -> None:
        """Bytes arrive on the RX pin, one after the other; from any thread."""
        self._received.extend(data)

    def reset(self) -> None:
        super().reset()
        self._received.clear()
        self._sent_at = 0.0
        self._arrives_at = None

    def read(self, offset: int) -> int:
        if offset == ISR:
            return self._status()
        if offset == RDR:
            return self._take()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == TDR:
            self._send(value & 0xFF)
        elif offset not in (ISR, RDR):
            super().write(offset, value)

    def _on(self, bit: int) -> bool:
        control = self.words.get(CR1, 0)
        return bool(control & CR1_UE and control & bit)

    def _status(self) -> int:
        """One byte is sent at a time."""
        idle = self._now() >= self._sent_at
        status = ISR_TXE | ISR_TC if idle else 0
        status |= ISR_TEACK if self._on(CR1_TE) else 0
        status |= ISR_REACK if self._on(CR1_RE) else 0
        return status | (ISR_RXNE if self._arrived() else 0)

    def _arrived(self) -> bool:
        """Whether the first byte in the queue has had the time to arrive."""
        if not self._received or not self._on(CR1_RE) or not self.baud:
            return False
        if self._arrives_at is None:
            self._arrives_at = self._now() + BITS_OF_A_FRAME / self.baud
        return self._now() >= self._arrives_at

    def _take(self) -> int:
        if not self._arrived():
            return 0
        byte = self._received.popleft()
        self._arrives_at = None
        return byte

    def _send(self, byte: int) -> None:
        baud = self.baud
        if baud and self._on(CR1_TE):
            self._sent_at = max(self._now(), self._sent_at) + BITS_OF_A_FRAME / baud
            self.on_byte(byte, baud)
