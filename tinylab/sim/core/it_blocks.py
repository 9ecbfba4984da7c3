"""IT blocks: which instruction begins one, and the state of the core inside."""

from __future__ import annotations

from typing import Protocol

LONGEST = 2 + 3 * 4
"""Bytes from an IT instruction to the last of its four, the ones between being 32 bits."""


class Bytes(Protocol):
    def __getitem__(self, position: slice, /) -> bytes: ...


def starts_of_it_blocks(code: Bytes, position: int) -> tuple[int, ...]:
    """Positions of IT instructions whose block would contain the instruction at `position`.

    The search is for encodings T1 of IT (ARM DDI 0403, A7.7.38) that reach it. What it finds may
    also be data, or the second half of a 32-bit instruction: only a core that executes it as an
    instruction shows that it is one.
    """
    found = []
    for start in range(position - 2, max(position - LONGEST, 0) - 1, -2):
        mask = _mask(code, start)
        following = start + 2
        for _ in range(_count(mask) if mask else 0):
            if following == position:
                found.append(start)
            following += _length(code, following)
    return tuple(found)


def it_state(code: Bytes, first: int, position: int, entered: int = 0) -> int:
    """The IT bits of xPSR before the instruction at `position` (ARM DDI 0403, A7.3.3); 0 outside
    IT blocks.

    They are `entered` before the instruction at `first`, from which the code is sequential.
    """
    state = (entered >> 25 & 0b11) | (entered >> 10 & 0x3F) << 2
    at = first
    while at < position:
        if state & 0xF:
            state = state & 0xE0 | state << 1 & 0x1F if state & 0b111 else 0
        elif _mask(code, at):
            state = code[at : at + 1][0]
        at += _length(code, at)
    return (state & 0b11) << 25 | state >> 2 << 10


def _mask(code: Bytes, position: int) -> int:
    """The mask of an IT instruction; 0 if there is none."""
    halfword = int.from_bytes(code[position : position + 2], "little")
    return halfword & 0xF if halfword & 0xFF00 == 0xBF00 else 0


def _count(mask: int) -> int:
    """The number of instructions that an IT covers: its mask ends with a one and zeros."""
    return 4 - (mask & -mask).bit_length() + 1


def _length(code: Bytes, position: int) -> int:
    """16-bit or 32-bit (A5.1), in bytes."""
    return 4 if code[position + 1 : position + 2][0] >> 3 in (0x1D, 0x1E, 0x1F) else 2
