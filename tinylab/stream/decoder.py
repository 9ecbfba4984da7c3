"""Finds frames in the bytes of a serial line; does no input or output itself."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from tinylab.stream.frames import (
    FRAME_CRC,
    FRAME_HEADER,
    FRAME_MARK,
    FRAME_WORDS,
    FrameKind,
)

KINDS = frozenset(FrameKind)
CRC_START = 0xFFFF
GLITCH = 16
"""Up to this many bytes before the first frame come from enabling the port; not damage."""


@dataclass(frozen=True)
class Frame:
    """One complete frame; see `FrameKind` for the meaning of `number` and `words`."""

    kind: FrameKind
    sequence: int
    number: int
    words: tuple[int, ...]


class Decoder:
    """Accepts bytes in pieces of any size and resynchronises on the next complete frame.

    `damaged` counts the runs of bytes that were not part of a frame.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._rest = b""
        self._frames = 0
        self._astray = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete."""
        self._rest += data
        found: list[Frame] = []
        while True:
            frame, used = _first(self._rest)
            if not used:
                return found
            self._rest = self._rest[used:]
            if frame is None:
                self._skipped(used)
            else:
                self._frames, self._astray = self._frames + 1, 0
                found.append(frame)

    def _skipped(self, count: int) -> None:
        """Counts each run of skipped bytes once, if it is longer than a glitch."""
        allowed = 0 if self._frames else GLITCH
        if self._astray <= allowed < self._astray + count:
            self.damaged += 1
        self._astray += count


def _first(data: bytes) -> tuple[Frame | None, int]:
    """The frame at the start of `data` and its size in bytes, or None and the bytes to skip.

    0 bytes means that more data is needed.
    """
    start = data.find(FRAME_MARK)
    if start:
        split = data.endswith(FRAME_MARK[:1])
        return None, len(data) - split if start < 0 else start
    if len(data) < FRAME_HEADER.size:
        return None, 0
    _, kind, count, sequence, number = FRAME_HEADER.unpack_from(data)
    if kind not in KINDS or count > FRAME_WORDS:
        return None, 1
    end = FRAME_HEADER.size + 4 * count
    if len(data) < end + FRAME_CRC.size:
        return None, 0
    body = data[len(FRAME_MARK) : end]
    if binascii.crc_hqx(body, CRC_START) != FRAME_CRC.unpack_from(data, end)[0]:
        return None, 1
    words = tuple(
        int.from_bytes(data[at : at + 4], "little") for at in range(FRAME_HEADER.size, end, 4)
    )
    return Frame(FrameKind(kind), sequence, number, words), end + FRAME_CRC.size
