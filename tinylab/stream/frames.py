"""The protocol between host and firmware; this is its only definition.

The mailbox is a struct of 32-bit words in RAM that a reset does not clear. The firmware
includes the C header that `c_header` renders, so both sides use one list of fields. The host
halts the core at reset, writes a request and resumes the core; the firmware fills in the rest.
Samples are cycle counts, one u32 for each inference, in a ring buffer. Those of the warm-up
come first; `warmup_written` is their number.

If memory cannot be read over SWD while the core runs, the firmware sends the ring's contents
over the serial port instead, in frames (see `FRAME_MARK` and below).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

REQUEST_MAGIC = 0x544C5251
"""`TLRQ`: the mailbox contains a request."""

FIRMWARE_MAGIC = 0x544C4657
"""`TLFW`: the firmware has written its part of the mailbox."""

PROTOCOL = 5
RING_ENTRIES = 2048
CLOCK_WORDS = 10

SYMBOL = "tl_mailbox"
RING_SYMBOL = "tl_ring"
INPUT_SYMBOL = "tl_input"
OUTPUT_SYMBOL = "tl_output"


class FirmwareState(IntEnum):
    """The firmware's state."""

    BOOT = 0
    WARMUP = 1
    RUNNING = 2
    DONE = 3
    REFUSED = 4
    """The network's runtime reported an error; see `ai_error`."""


REQUEST_FIELDS: tuple[tuple[str, int], ...] = (
    ("request_magic", 1),
    ("sequence", 1),
    ("warmup", 1),
    ("min_inferences", 1),
    ("max_inferences", 1),
    ("min_cycles_low", 1),
    ("min_cycles_high", 1),
    ("stop", 1),
    ("read_index", 1),
    # Value of the serial port's BRR; 0: samples are read over SWD. May change during a request.
    ("serial_divider", 1),
    # Whether the states that the network keeps between inferences are reset before the first.
    ("reset_state", 1),
    ("clock_hz", 1),
    ("clock_words", CLOCK_WORDS),
)
"""Written by the host; (name, words)."""

STATUS_FIELDS: tuple[tuple[str, int], ...] = (
    ("firmware_magic", 1),
    ("protocol", 1),
    ("build_id", 4),
    ("cpuid", 1),
    ("running_hz", 1),
    ("state", 1),
    ("serving", 1),
    ("served", 1),
    ("inferences", 1),
    ("write_index", 1),
    # The host reads in ascending order, so it reads this field after `write_index`. The firmware
    # counts a warm-up sample here before it increments `write_index`. Therefore every warm-up
    # sample below the index that the host reads is counted. The count may already include later
    # samples, which is harmless: all entries below both the count and the index belong to the
    # warm-up, as measuring begins only after it. In the opposite order, a warm-up sample written
    # between the two reads would be classified as measured.
    ("warmup_written", 1),
    ("dropped", 1),
    ("overhead", 1),
    ("first_cycles", 1),
    ("stack_used", 1),
    ("ai_error", 1),
    # Number of resets of the firmware since the host cleared the mailbox.
    ("starts", 1),
)
"""Written by the firmware; (name, words)."""

FIELDS = REQUEST_FIELDS + STATUS_FIELDS

FRAME_MARK = b"\xa5\x5a"
FRAME_HEADER = struct.Struct("<2sBBHI")
"""Mark, kind, number of words after the header, low half of the request's sequence number,
number. The words follow, then the CRC-16 of everything after the mark (polynomial 0x1021,
initial value 0xFFFF). All values are little-endian."""
FRAME_CRC = struct.Struct("<H")
FRAME_WORDS = 8
"""Maximum number of words in a frame."""


class FrameKind(IntEnum):
    """The kind of a frame, with the meaning of its number and words."""

    BEGIN = 1
    """`starts`; the build id's four words."""
    WARMUP = 2
    """Number of the first sample, counted from 0 within its kind; cycles of each sample."""
    MEASURED = 3
    """As for WARMUP."""
    END = 4
    """Number of measured samples; no words."""


def _offsets(fields: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    offsets: dict[str, int] = {}
    position = 0
    for name, words in fields:
        offsets[name] = position
        position += 4 * words
    return offsets


OFFSETS = _offsets(FIELDS)
"""Byte offset of each field in the mailbox."""

REQUEST_BYTES = 4 * sum(words for _, words in REQUEST_FIELDS)
MAILBOX_BYTES = 4 * sum(words for _, words in FIELDS)


@dataclass(frozen=True)
class Request:
    """Run `warmup` inferences, then measure.

    The firmware stops as soon as it has `min_inferences` samples and also either
    `min_cycles` measured cycles or `max_inferences` samples.
    """

    sequence: int
    warmup: int
    min_inferences: int
    max_inferences: int
    min_cycles: int
    clock_hz: int
    clock_words: tuple[int, ...]
    serial_divider: int = 0
    reset_state: bool = True

    def encode(self) -> bytes:
        """The request part of the mailbox, including `request_magic`."""
        words = [
            REQUEST_MAGIC,
            self.sequence,
            self.warmup,
            self.min_inferences,
            self.max_inferences,
            self.min_cycles & 0xFFFFFFFF,
            self.min_cycles >> 32,
            0,
            0,
            self.serial_divider,
            int(self.reset_state),
            self.clock_hz,
            *self.clock_words,
            *[0] * (CLOCK_WORDS - len(self.clock_words)),
        ]
        return np.asarray(words, dtype="<u4").tobytes()


@dataclass(frozen=True)
class Status:
    """The firmware's part of the mailbox, decoded."""

    firmware_magic: int
    protocol: int
    build_id: bytes
    cpuid: int
    running_hz: int
    state: int
    serving: int
    """Sequence number of the request that the indices and samples belong to."""
    served: int
    inferences: int
    write_index: int
    warmup_written: int
    """Number of samples, from the first in the ring on, that belong to the warm-up."""
    dropped: int
    """Measured samples lost because the ring was full."""
    overhead: int
    first_cycles: int
    stack_used: int
    ai_error: int
    starts: int

    @property
    def alive(self) -> bool:
        """Whether the firmware has written the mailbox since the host cleared it."""
        return self.firmware_magic == FIRMWARE_MAGIC


def decode(mailbox: bytes) -> Status:
    """The status part of a whole mailbox of `MAILBOX_BYTES`."""
    words: npt.NDArray[np.uint32] = np.frombuffer(mailbox, dtype="<u4")

    def word(name: str) -> int:
        return int(words[OFFSETS[name] // 4])

    start = OFFSETS["build_id"]
    names = [name for name, count in STATUS_FIELDS if count == 1]
    return Status(**{name: word(name) for name in names}, build_id=mailbox[start : start + 16])


def c_header() -> str:
    """The mailbox and the frames as a C header for the firmware."""
    fields = "\n".join(
        f"  uint32_t {name}{f'[{words}]' if words > 1 else ''};" for name, words in FIELDS
    )
    states = "\n".join(f"  TL_STATE_{state.name} = {state.value}," for state in FirmwareState)
    kinds = "\n".join(f"  TL_FRAME_{kind.name} = {kind.value}," for kind in FrameKind)
    return f"""/* The mailbox between host and firmware, rendered from tinylab/stream/frames.py. */
#ifndef TINYLAB_MAILBOX_H
#define TINYLAB_MAILBOX_H

#include <stdint.h>

#define TL_REQUEST_MAGIC 0x{REQUEST_MAGIC:08X}u
#define TL_FIRMWARE_MAGIC 0x{FIRMWARE_MAGIC:08X}u
#define TL_PROTOCOL {PROTOCOL}u
#define TL_RING_ENTRIES {RING_ENTRIES}u
#define TL_CLOCK_WORDS {CLOCK_WORDS}
#define TL_FRAME_MARK 0x{int.from_bytes(FRAME_MARK, "little"):04X}u
#define TL_FRAME_WORDS {FRAME_WORDS}u

enum {{
{states}
}};

enum {{
{kinds}
}};

typedef struct {{
{fields}
}} tl_mailbox_t;

_Static_assert(sizeof(tl_mailbox_t) == {MAILBOX_BYTES}, "mailbox layout");

extern volatile tl_mailbox_t {SYMBOL};
extern volatile uint32_t {RING_SYMBOL}[TL_RING_ENTRIES];

#endif
"""
