"""The serial port of a board: the probe's virtual COM port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import serial

from tinylab.errors import SerialPortError, Unplugged

BAUD = 115_200
"""The default of CubeMX and of ST's examples."""


class SerialPort(Protocol):
    """A byte stream to the board and back."""

    def read(self) -> bytes:
        """The bytes received since the last call; does not block. Raises Unplugged."""
        ...

    def arrivals(self) -> Sequence[tuple[float | None, bytes]]:
        """The same, with the board's time at which each arrived; None if that is not known."""
        ...

    def write(self, data: bytes) -> None:
        """Send to the board. Raises Unplugged."""
        ...

    def listen_at(self, baud: int) -> None:
        """Change the baud rate and discard the bytes received so far. Raises Unplugged."""
        ...

    def stand_at(self, mark: bytes) -> None:
        """Stop a virtual board's time after it sends `mark`, until the next write to it.

        An empty mark ends that.
        """
        ...

    def close(self) -> None: ...


class ComPort:
    """The COM port of a real probe, opened exclusively.

    Raises SerialPortError when it cannot be opened.
    """

    def __init__(self, device: str, baud: int) -> None:
        self._device = device
        try:
            self._port = serial.Serial(device, baud, timeout=0, write_timeout=5, exclusive=True)
        except (OSError, ValueError) as error:  # pyserial's own are OSErrors
            raise SerialPortError(
                f"The serial port {device} cannot be opened: {error}.",
                remedy="Close the terminal that uses it. On Linux, your user must be in the "
                "group dialout: `sudo usermod -aG dialout $USER`, then log in again.",
                port=device,
            ) from error
        self._port.reset_input_buffer()

    def read(self) -> bytes:
        try:
            return bytes(self._port.read(self._port.in_waiting))
        except OSError as error:
            raise self._broken(error) from error

    def arrivals(self) -> list[tuple[float | None, bytes]]:
        data = self.read()
        return [(None, data)] if data else []

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            raise self._broken(error) from error

    def listen_at(self, baud: int) -> None:
        try:
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        except (OSError, ValueError) as error:
            raise self._broken(error) from error

    def stand_at(self, mark: bytes) -> None:
        """No effect: the time of a real board cannot be stopped."""

    def close(self) -> None:
        self._port.close()

    def _broken(self, error: Exception) -> Unplugged:
        return Unplugged(
            f"The serial port {self._device} failed: {error}.",
            remedy="Check the USB cable, plug the probe in again, then start again.",
            port=self._device,
        )
