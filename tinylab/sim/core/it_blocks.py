"""Finding the IT instruction that an instruction depends on."""

from __future__ import annotations

from typing import Protocol

LONGEST = 2 + 3 * 4
"""Bytes from an IT instruction to the last of its four, the ones between being 32 bits."""


class Bytes(Protocol):
    def __getitem__(self, position: slice, /) -> bytes: ...


def start_of_it_block(code: Bytes, position: int) -> int:
    """The position of the IT instruction whose block contains the instruction at `position`.

    `position` itself if there is none. The search is for encodings T1 of IT (ARM DDI 0403,
    A7.7.38) that reach it, except second halves of 32-bit instructions (of B.W, for example).
    """
    for start in range(position - 2, max(position - LONGEST, 0) - 1, -2):
        halfword = int.from_bytes(code[start : start + 2], "little")
        if halfword & 0xFF00 != 0xBF00 or not halfword & 0xF or _is_second_half(code, start):
            continue
        following = start + 2
        for _ in range(_count(halfword & 0xF)):
            if following == position:
                return start
            following += _length(code, following)
    return position


def it_state(code: Bytes, position: int) -> int:
    """The IT bits of xPSR before the instruction at `position` (ARM DDI 0403, A7.3.3); 0 outside
    IT blocks."""
    start = start_of_it_block(code, position)
    if start == position:
        return 0
    state = int.from_bytes(code[start : start + 1], "little")
    following = start + 2
    while following < position:
        following += _length(code, following)
        state = state & 0xE0 | state << 1 & 0x1F
    return (state & 0b11) << 25 | state >> 2 << 10


def _count(mask: int) -> int:
    """The number of instructions that an IT covers: its mask ends with a one and zeros."""
    return 4 - (mask & -mask).bit_length() + 1


def _is_second_half(code: Bytes, position: int) -> bool:
    """Whether an odd number of halfwords that look like first halves are before `position`: what
    follows another one, a 16-bit instruction or a second half, is the start of an instruction."""
    start = position
    while start >= 2 and _length(code, start - 2) == 4:
        start -= 2
    return (position - start) // 2 % 2 == 1


def _length(code: Bytes, position: int) -> int:
    """16-bit or 32-bit (A5.1), in bytes."""
    return 4 if code[position + 1 : position + 2][0] >> 3 in (0x1D, 0x1E, 0x1F) else 2
