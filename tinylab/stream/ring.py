"""Reads the mailbox and the sample ring over SWD while the core runs."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tinylab.errors import LinkError
from tinylab.stream import frames

Cycles = npt.NDArray[np.uint64]


class Memory(Protocol):
    """The target's memory; readable and writable while the core runs."""

    def read_bytes(self, address: int, size: int) -> bytes: ...

    def write_bytes(self, address: int, data: bytes) -> None: ...


class Ring:
    """The host's access to one mailbox: writes requests, reads status and samples."""

    def __init__(self, memory: Memory, mailbox: int, ring: int) -> None:
        self._memory = memory
        self._mailbox = mailbox
        self._ring = ring
        self._read_index = 0

    def clear(self) -> None:
        """Clear the mailbox of an earlier image. Only while the core is halted."""
        self._memory.write_bytes(self._mailbox, bytes(frames.MAILBOX_BYTES))

    def send_request(self, request: frames.Request) -> None:
        """Write a request; its sequence number, which makes it valid, is written last."""
        self._read_index = 0
        data = request.encode()
        start = frames.OFFSETS["sequence"]
        self._memory.write_bytes(self._mailbox + start + 4, data[start + 4 :])
        self._memory.write_bytes(self._mailbox, data[: start + 4])

    def stop(self) -> None:
        """Request the firmware to stop after the current inference."""
        self._memory.write_bytes(self._mailbox + frames.OFFSETS["stop"], b"\1\0\0\0")

    def status(self) -> frames.Status:
        return frames.decode(self._memory.read_bytes(self._mailbox, frames.MAILBOX_BYTES))

    def take(self, status: frames.Status) -> Cycles:
        """The samples written up to `status` and not read before; frees their ring entries.

        Raises LinkError when the firmware's index is impossible.
        """
        count = (status.write_index - self._read_index) & 0xFFFFFFFF
        if count == 0:
            return np.empty(0, dtype=np.uint64)
        if count > frames.RING_ENTRIES:
            raise LinkError(
                f"The board reports {count} unread samples in a ring of {frames.RING_ENTRIES}.",
                remedy="Its memory was overwritten, or another program uses the probe.",
            )
        first = self._read_index % frames.RING_ENTRIES
        ahead = min(count, frames.RING_ENTRIES - first)
        data = self._memory.read_bytes(self._ring + 4 * first, 4 * ahead)
        if count > ahead:
            data += self._memory.read_bytes(self._ring, 4 * (count - ahead))
        self._read_index = (self._read_index + count) & 0xFFFFFFFF
        self._memory.write_bytes(
            self._mailbox + frames.OFFSETS["read_index"], self._read_index.to_bytes(4, "little")
        )
        return np.frombuffer(data, dtype="<u4").astype(np.uint64)
