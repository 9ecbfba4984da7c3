"""Reading the mailbox and the sample ring over SWD while the core runs."""

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
    """The host's end of one mailbox: requests out, status and samples in."""

    def __init__(self, memory: Memory, mailbox: int, ring: int) -> None:
        self._memory = memory
        self._mailbox = mailbox
        self._ring = ring
        self._read_index = 0

    def clear(self) -> None:
        """Forget whatever an earlier image left there. Only while the core is halted."""
        self._memory.write_bytes(self._mailbox, bytes(frames.MAILBOX_BYTES))

    def send_request(self, request: frames.Request) -> None:
        """Write a request; its sequence number, which makes it valid, comes last."""
        self._read_index = 0
        data = request.encode()
        start = frames.OFFSETS["sequence"]
        self._memory.write_bytes(self._mailbox + start + 4, data[start + 4 :])
        self._memory.write_bytes(self._mailbox, data[: start + 4])

    def stop(self) -> None:
        """Ask the firmware to end the request after the current inference."""
        self._memory.write_bytes(self._mailbox + frames.OFFSETS["stop"], b"\1\0\0\0")

    def status(self) -> frames.Status:
        return frames.decode(self._memory.read_bytes(self._mailbox, frames.MAILBOX_BYTES))

    def take(self, status: frames.Status) -> Cycles:
        """Samples written up to `status` and not taken yet; gives their room back.

        Raises LinkError when the firmware's index cannot be true.
        """
        count = (status.write_index - self._read_index) & 0xFFFFFFFF
        if count == 0:
            return np.empty(0, dtype=np.uint64)
        if count > frames.RING_ENTRIES:
            raise LinkError(
                f"The board says that {count} samples wait in a ring of {frames.RING_ENTRIES}.",
                remedy="Its memory was overwritten, or another program talks to the probe.",
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
