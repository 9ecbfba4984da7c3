"""Runs a program in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence


class PseudoTerminal:
    """Starts a program. Its output is read immediately, as by a terminal, and counted.

    `started` and `written` use `time.monotonic`, which is common to all processes.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int],
        environment: Mapping[str, str],
        awaited: bytes = b"",
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.written: list[tuple[float, int]] = []
        """(time, bytes) of each read."""
        self.text = b""
        self.appeared: float | None = None
        """The time when the `awaited` bytes had been written."""
        self._awaited = awaited
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=dict(environment, TERM="xterm-256color", COLORTERM="truecolor"),
        )
        os.close(slave)
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait(self) -> None:
        """Wait until the awaited bytes have been written or the program has ended."""
        self._ready.wait()

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def finish(self) -> int:
        """Wait for the program's end; returns its exit status."""
        status = self.process.wait()
        self._reader.join()
        os.close(self._master)
        return status

    def bytes_between(self, begin: float, end: float) -> int:
        return sum(count for at, count in self.written if begin <= at <= end)

    def _read(self) -> None:
        while data := self._next():
            now = time.monotonic()
            self.written.append((now, len(data)))
            self.text = (self.text + data)[-65536:]
            if self._awaited and self.appeared is None and self._awaited in self.text:
                self.appeared = now
                self._ready.set()
        self._ready.set()

    def _next(self) -> bytes:
        try:
            return os.read(self._master, 65536)
        except OSError:  # raised by Linux when the program has closed its terminal
            return b""
