"""Damages the bytes of a serial line, and the memory that the ring of samples is read from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.serial_frames import sent
from tinylab.errors import LinkError
from tinylab.stream import frames
from tinylab.stream.decoder import Frame
from tinylab.stream.frames import FRAME_WORDS, FrameKind
from tinylab.stream.ring import Ring
from tinylab.stream.uart import Records

TITLE = "damaged serial lines and rings: no accepted sample is wrong"
SEQUENCE = 7
SAMPLES = 400
FIRST = 1000
RING_ADDRESS = 0x1000
LAST = 1 << 32


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    while True:
        yield _line(numbers)
        yield _ring(numbers)


def _line(numbers: random.Random) -> str | None:
    """Sample n has FIRST + n cycles, so a wrong one is recognised."""
    seed = numbers.getrandbits(64)
    chance = random.Random(seed)
    records, received = Records(SEQUENCE), []
    line = b"".join(_mistreated(frame, chance) for frame in _frames())
    while line:
        size = chance.randrange(1, 200)
        for stretch in records.feed(line[:size]):
            received += [int(one) for one in stretch.cycles]
        line = line[size:]
    if received != sorted(set(received)):
        return f"line {seed}: samples came twice or in another order"
    if not set(received) <= set(range(FIRST, FIRST + SAMPLES)):
        return f"line {seed}: a sample is wrong"
    missing = SAMPLES if records.served else records.measured
    if records.lost != missing - len(received):
        return f"line {seed}: {records.lost} lost were counted"
    return None


def _frames() -> list[bytes]:
    made = [
        Frame(
            FrameKind.MEASURED,
            SEQUENCE,
            number,
            tuple(range(FIRST + number, FIRST + number + FRAME_WORDS)),
        )
        for number in range(0, SAMPLES, FRAME_WORDS)
    ]
    return [*map(sent, made), sent(Frame(FrameKind.END, SEQUENCE, SAMPLES, ()))]


def _mistreated(frame: bytes, chance: random.Random) -> bytes:
    """As a bad line does: nothing, lost, repeated, up to three wrong bits, or a burst of 16.

    A CRC of 16 bits recognises all of these; it cannot recognise all noise.
    """
    kind = chance.choice(["whole"] * 6 + ["lost", "twice", "bits", "burst", "cut"])
    changed = bytearray(frame)
    if kind == "bits":
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    elif kind == "burst":
        start = chance.randrange(len(changed) - 1)
        changed[start : start + 2] = chance.randbytes(2)
    elif kind == "cut":
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed) * {"lost": 0, "twice": 2}.get(kind, 1)


class _Memory:
    """A mailbox of random words before the ring, in which the sample n is n."""

    def __init__(self, chance: random.Random) -> None:
        words = [chance.choice([0, 1, 2047, 2048, chance.getrandbits(32)]) for _ in range(64)]
        self.mailbox = b"".join(word.to_bytes(4, "little") for word in words)
        self.written: list[tuple[int, bytes]] = []

    def read_bytes(self, address: int, size: int) -> bytes:
        if address < RING_ADDRESS:
            return self.mailbox[address : address + size]
        first = (address - RING_ADDRESS) // 4
        return b"".join((first + n).to_bytes(4, "little") for n in range(size // 4))

    def write_bytes(self, address: int, data: bytes) -> None:
        self.written.append((address, data))


def _ring(numbers: random.Random) -> str | None:
    seed = numbers.getrandbits(64)
    memory = _Memory(random.Random(seed))
    ring = Ring(memory, 0, RING_ADDRESS)
    status = ring.status()
    try:
        samples = [int(one) for one in ring.take(status)]
    except LinkError as error:
        impossible = status.write_index > frames.RING_ENTRIES and error.remedy
        return None if impossible else f"ring {seed}: refused index {status.write_index}"
    if samples != list(range(status.write_index)):
        return f"ring {seed}: index {status.write_index} gave {len(samples)} samples"
    return None
