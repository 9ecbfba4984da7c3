"""Finds damage in HDF5's global heaps, at which the HDF5 library loops for ever.

A heap is a chain of objects, each with its size; the library follows it without checking that a
size is not 0. HDF5 File Format Specification 3.0, III.E.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_DAMAGED

SIGNATURE = b"GCOL\x01\0\0\0"
HEADER = struct.Struct("<8sQ")
OBJECT = struct.Struct("<HHIQ")
"""Index (0: free space), references, reserved, size; that of free space includes this header."""
WORD = 8


def check_heaps(path: Path) -> None:
    """Raises ModelFileError if a heap in the file has no end, and OSError."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(SIGNATURE)
        while at >= 0:
            if not _has_end(data, at):
                raise ModelFileError("is not a complete HDF5 file.", remedy=REMEDY_DAMAGED)
            at = data.find(SIGNATURE, at + len(SIGNATURE))


def _has_end(data: mmap.mmap, at: int) -> bool:
    if at + HEADER.size > len(data):
        return True
    end = min(at + HEADER.unpack_from(data, at)[1], len(data))
    place = at + HEADER.size
    while place + OBJECT.size <= end:
        index, _, _, size = OBJECT.unpack_from(data, place)
        step = size if index == 0 else OBJECT.size + -(-size // WORD) * WORD
        if step % 2**64 == 0:  # the library's sum has 64 bits
            return False
        place += step
    return True
