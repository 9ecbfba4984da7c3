"""The virtual COM port of a virtual board: what its probe would carry to the host."""

from __future__ import annotations

import threading
from collections import deque

from tinylab.sim.machine import Machine

LONGEST_STAND_S = 30.0
"""Host seconds after which a board that stands for an answer goes on without one."""


RECEIVER_TOLERANCE = 0.033
"""How far a sender's rate may be off (RM0434, USART, tolerance of the receiver)."""
GARBAGE = 0x6D
"""What another rate makes of a byte, here: these bits are wrong."""


class VirtualComPort:
    """Both directions of `machine`'s serial port, from the moment this is made.

    Its rate is the firmware's own: unlike a real port it always hears what was sent, until it
    is told by `listen_at` to hear one rate only.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._heard: deque[int] = deque()
        self._mark = b""
        self._tail = b""
        self._answered = threading.Event()
        self._baud: int | None = None
        machine.on_serial = self._hear

    def listen_at(self, baud: int) -> None:
        """Hear garbage where another rate is sent; what has come is forgotten."""
        self._baud = baud
        self._heard.clear()

    def stand_at(self, mark: bytes) -> None:
        """When the board has sent `mark`, let its time stand until it is written to.

        So an answer comes at the same simulated moment however long the host takes over it.
        """
        self._mark = mark

    def read(self) -> bytes:
        """What has come since the last call; never waits."""
        return bytes(self._heard.popleft() for _ in range(len(self._heard)))

    def write(self, data: bytes) -> None:
        """Send to the board."""
        self._machine.send_serial(data)
        self._answered.set()

    def close(self) -> None:
        self._mark = b""
        self._machine.on_serial = None
        self._answered.set()

    def _hear(self, byte: int) -> None:
        """In the core's thread: while this waits, the core does."""
        if self._baud and abs(self._machine.serial_baud / self._baud - 1) > RECEIVER_TOLERANCE:
            byte ^= GARBAGE
        if not self._mark:
            self._heard.append(byte)
            return
        self._tail = (self._tail + bytes([byte]))[-len(self._mark) :]
        if self._tail != self._mark:
            self._heard.append(byte)
            return
        # An answer can come only behind the last byte, hence cleared before that is heard.
        self._answered.clear()
        self._heard.append(byte)
        self._answered.wait(LONGEST_STAND_S)
