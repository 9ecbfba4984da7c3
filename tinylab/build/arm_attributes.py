"""Reads the section .ARM.attributes: what a file was compiled for.

The format is that of the "Addenda to the ABI for the Arm Architecture", build attributes. Each
subsection belongs to one vendor; only `aeabi`, the public one, is read. Compilers add their own
behind it (IAR: `iar`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

VERSION = b"A"
VENDOR = b"aeabi"
FILE = 1
"""Tag_File: the attributes that follow are those of the whole file, not of one symbol."""
CPU_RAW_NAME, CPU_NAME, COMPATIBILITY = 4, 5, 32
NAMED = (CPU_RAW_NAME, CPU_NAME)
LONGEST_NUMBER = 5
"""Bytes of a number of 32 bits."""


class _Ends(Exception):
    """The data end within a value, or a number is too long."""


def attributes(section: bytes) -> Mapping[int, int | str]:
    """The file's public attributes by tag; what is damaged ends the list."""
    found: dict[int, int | str] = {}
    for begin, end in _subsections(section):
        try:
            _read_file_attributes(section[begin:end], found)
        except _Ends:
            continue
    return found


def _subsections(section: bytes) -> Iterator[tuple[int, int]]:
    """Where the contents of each subsection of `aeabi` begin and end."""
    place = len(VERSION) if section.startswith(VERSION) else len(section)
    while place + 4 <= len(section):
        length = int.from_bytes(section[place : place + 4], "little")
        end = place + length
        if not 4 < length <= len(section) - place:
            return
        vendor, zero, _ = section[place + 4 : end].partition(b"\0")
        if zero and vendor == VENDOR:
            yield place + 4 + len(vendor) + 1, end
        place = end


def _read_file_attributes(data: bytes, found: dict[int, int | str]) -> None:
    """Raises _Ends."""
    place = 0
    while place < len(data):
        scope, after = _number(data, place)
        length = int.from_bytes(data[after : after + 4], "little")
        if length <= after + 4 - place:
            return
        end = min(place + length, len(data))
        if scope == FILE:
            found |= _values(data[after + 4 : end])
        place = end


def _values(data: bytes) -> dict[int, int | str]:
    """Raises _Ends."""
    found: dict[int, int | str] = {}
    place = 0
    while place < len(data):
        tag, place = _number(data, place)
        if tag in NAMED or (tag > COMPATIBILITY and tag % 2):
            found[tag], place = _text(data, place)
            continue
        found[tag], place = _number(data, place)
        if tag == COMPATIBILITY:  # a number, then a vendor's name
            _, place = _text(data, place)
    return found


def _number(data: bytes, place: int) -> tuple[int, int]:
    """An unsigned LEB128, and where it ends. Raises _Ends."""
    value = 0
    for index, byte in enumerate(data[place : place + LONGEST_NUMBER]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, place + index + 1
    raise _Ends


def _text(data: bytes, place: int) -> tuple[str, int]:
    """A text that ends with a zero, and where it ends. Raises _Ends."""
    end = data.find(b"\0", place)
    if end < 0:
        raise _Ends
    return data[place:end].decode("utf-8", "replace"), end + 1
