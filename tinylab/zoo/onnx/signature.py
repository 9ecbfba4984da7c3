"""Recognises an ONNX file, which has no signature: by the fields of its outermost message.

The format is that of protocol buffers: each field is a number and a kind, then its value.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, LENGTH = 0, 2
FIELDS = {
    **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), LENGTH),
    **dict.fromkeys((1, 5), VARINT),
}
"""Of a ModelProto: their kinds. Sources: onnx.proto3."""
IR_VERSION, GRAPH, OPSET = 1, 7, 8
OLDEST_IR = 3
"""The version of the format from which on a file has operator sets."""
LONGEST_VARINT = 10


def begins(content: bytes) -> bool:
    """Whether `content`, the file's beginning or all of it, has the fields of an ONNX model."""
    found: set[int] = set()
    try:
        for number, kind, value in _fields(content):
            if FIELDS.get(number) != kind or (number == IR_VERSION and value < OLDEST_IR):
                return False
            found.add(number)
    except ValueError:
        return False
    return IR_VERSION in found and bool(found & {GRAPH, OPSET})


def _fields(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, kind, and value or length of each field that begins in `content`."""
    position = 0
    while position < len(content):
        tag, position = _varint(content, position)
        number, kind = tag >> 3, tag & 7
        if kind not in (VARINT, LENGTH):
            raise ValueError(f"a field of kind {kind}")
        value, position = _varint(content, position)
        yield number, kind, value
        if kind == LENGTH:
            position += value


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """A number in bytes of seven bits, the least first, and the position after it."""
    value = 0
    for index in range(LONGEST_VARINT):
        if position + index >= len(content):
            raise ValueError("ends within a number")
        byte = content[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise ValueError("a number that is too long")
