"""Frames as sent by the firmware, built from the definition of the format."""

from __future__ import annotations

import binascii
import struct

from tinylab.stream.decoder import Frame
from tinylab.stream.frames import FRAME_MARK


def sent(frame: Frame) -> bytes:
    body = struct.pack(
        f"<BBHI{len(frame.words)}I",
        frame.kind,
        len(frame.words),
        frame.sequence,
        frame.number,
        *frame.words,
    )
    return FRAME_MARK + body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))
