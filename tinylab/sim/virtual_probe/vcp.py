"""The virtual COM port of a virtual board, which connects its serial port to the host."""

from __future__ import annotations

import threading
from collections import deque

from tinylab.sim.machine import Machine

LONGEST_STAND_S = 30.0
"""Host seconds after which a board that waits for an answer continues without one."""


RECEIVER_TOLERANCE = 0.033
"""Relative tolerance of the sender's rate (RM0434, USART, tolerance of the receiver)."""
GARBAGE = 0x6D
"""The bits that are inverted in each byte received at another rate."""


class VirtualComPort:
    """Both directions of `machine`'s serial port, from construction on.

    Its rate is the firmware's own: unlike a real port, it receives every rate, until `listen_at`
    selects a single rate.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._heard: deque[tuple[float, int]] = deque()
        self._mark = b""
        self._tail = b""
        self._answered = threading.Event()
        self._baud: int | None = None
        machine.on_serial = self._hear

    def listen_at(self, baud: int) -> None:
        """Receive at one rate: bytes at another rate are garbled. Discards received bytes."""
        self._baud = baud
        self._heard.clear()

    def stand_at(self, mark: bytes) -> None:
        """Stop the board's time when it has sent `mark`, until it is written to.

        So an answer arrives at the same simulated time, however long the host takes. An empty
        mark lets it continue.
        """
        self._mark = mark
        if not mark:
            self._answered.set()

    def read(self) -> bytes:
        """Bytes received since the last call; never waits."""
        return bytes(byte for _, byte in self._taken())

    def arrivals(self) -> list[tuple[float | None, bytes]]:
        """The same, each with the board's time at which it was received."""
        return [(at, bytes([byte])) for at, byte in self._taken()]

    def _taken(self) -> list[tuple[float, int]]:
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def write(self, data: bytes) -> None:
        """Send to the board."""
        self._machine.send_serial(data)
        self._answered.set()

    def close(self) -> None:
        self._machine.on_serial = None
        self.stand_at(b"")

    def _hear(self, byte: int) -> None:
        """Called in the core's thread: while it waits, the core waits."""
        if self._baud and abs(self._machine.serial_baud / self._baud - 1) > RECEIVER_TOLERANCE:
            byte ^= GARBAGE
        received = (self._machine.now(), byte)
        self._tail = (self._tail + bytes([byte]))[-len(self._mark) :] if self._mark else b""
        if not self._mark or self._tail != self._mark:
            self._heard.append(received)
            return
        # An answer can only follow the last byte; hence cleared before that byte is received.
        self._answered.clear()
        self._heard.append(received)
        if self._mark and not self._machine.time_stands:  # another thread may have ended it
            self._answered.wait(LONGEST_STAND_S)
