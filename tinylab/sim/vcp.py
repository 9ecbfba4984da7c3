"""The virtual COM port of a virtual board: what its probe would carry to the host."""

from __future__ import annotations

from collections import deque

from tinylab.sim.machine import Machine


class VirtualComPort:
    """Both directions of `machine`'s serial port, from the moment this is made.

    Its rate is the firmware's own: unlike a real port it always hears what was sent.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._heard: deque[int] = deque()
        machine.on_serial = self._heard.append

    def read(self) -> bytes:
        """What has come since the last call; never waits."""
        return bytes(self._heard.popleft() for _ in range(len(self._heard)))

    def write(self, data: bytes) -> None:
        """Send to the board."""
        self._machine.send_serial(data)

    def close(self) -> None:
        self._machine.on_serial = None
