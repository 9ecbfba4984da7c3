"""Recognises a model file by its content; its suffix decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from tinylab.errors import ModelFileError


class Format(StrEnum):
    """A kind of model file. The value is its usual suffix."""

    KERAS = ".keras"
    HDF5 = ".h5"
    TFLITE = ".tflite"
    ONNX = ".onnx"


SIGNATURES = {
    Format.KERAS: (0, b"PK\x03\x04"),
    Format.HDF5: (0, b"\x89HDF\r\n\x1a\n"),
    Format.TFLITE: (4, b"TFL3"),
}
"""Offset and bytes that identify each kind of file."""
HDF5_OFFSETS = tuple(512 << power for power in range(12))
"""Where the signature of an HDF5 file may also be: after a user block."""
LONGEST_START = HDF5_OFFSETS[-1] + 8
SUFFIXES = (".keras", ".h5", ".hdf5", ".tflite", ".lite", ".onnx")
"""The usual suffixes, for lists of files."""
READ = ".keras, .h5 (.hdf5), .tflite and .onnx files are read, under any name."
REMEDY = f"Convert the model, or give another file: {READ}"

Sign = tuple[int, bytes, str, str]
SAVED_MODEL = (
    "is a TensorFlow graph or part of a SavedModel, which is not supported",
    "Save the Keras model with model.save('model.keras').",
)
DAMAGED_ONNX = (
    "is damaged or not a complete .onnx file",
    "Export or download the file again.",
)
OTHERS: tuple[Sign, ...] = (
    (0, b"\x80", "contains a Python pickle, which tinylab never opens", REMEDY),
    (0, b"\x08\x01\x12", *SAVED_MODEL),
    (0, b"\x93NUMPY", "is a NumPy array, not a model", REMEDY),
    (0, b"GGUF", "is a GGUF file, which is not supported", REMEDY),
    (0, b"\x7fELF", "is an ELF image, not a model", "To run firmware: tinylab firmware FILE."),
    (0, b"\x1f\x8b", "is compressed with gzip", "Unpack it first."),
    (0, b"PK\x05\x06", "is an empty zip archive", REMEDY),
)
"""Offset, bytes, what the file is, and the remedy."""
NAMED: dict[str, tuple[str, str]] = {
    ".onnx": DAMAGED_ONNX,
    ".pb": SAVED_MODEL,
    ".pt": ("is a PyTorch file, which is not supported", REMEDY),
    ".pth": ("is a PyTorch file, which is not supported", REMEDY),
    ".safetensors": ("contains weights but no model", REMEDY),
}
"""Files without a signature of their own, by suffix: what they are, and the remedy."""
VARINT, LENGTH = 0, 2
ONNX_FIELDS = {
    **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), LENGTH),
    **dict.fromkeys((1, 5), VARINT),
}
"""An ONNX file has no signature, but fields of protocol buffers: the numbers and kinds of those of
a ModelProto (onnx.proto3)."""
IR_VERSION, GRAPH, OPSET = 1, 7, 8
OLDEST_ONNX = 3
"""The version of the format from which on a file has operator sets."""
LONGEST_VARINT = 10


def recognise(source: Path, content: bytes) -> Format:
    """The kind of model file that `content`, the file's beginning or all of it, is.

    Raises ModelFileError; its message continues a sentence that starts with the file's name.
    """
    for kind, (offset, signature) in SIGNATURES.items():
        if content[offset : offset + len(signature)] == signature:
            return kind
    offset, signature = SIGNATURES[Format.HDF5]
    if any(content[start : start + len(signature)] == signature for start in HDF5_OFFSETS):
        return Format.HDF5
    if _begins_as_onnx(content):
        return Format.ONNX
    what, remedy = _other(source, content)
    raise ModelFileError(f"{what}.", remedy=remedy)


def of_file(path: Path) -> Format:
    """`recognise` for a regular file. Raises ModelFileError, also if it cannot be read."""
    try:
        with path.open("rb") as file:
            return recognise(path, file.read(LONGEST_START))
    except OSError as error:
        why = f"cannot be read: {error.strerror}."
        raise ModelFileError(why, remedy="Check the path and its permissions.") from error


def _other(source: Path, content: bytes) -> tuple[str, str]:
    """What a file is that cannot be read, and the remedy."""
    if not content:
        return (
            "the file is empty",
            "Check that it is the right file, and save or download it again.",
        )
    for offset, signature, what, remedy in OTHERS:
        if content[offset : offset + len(signature)] == signature:
            return what, remedy
    return NAMED.get(source.suffix.lower(), ("is not a model file", REMEDY))


def _begins_as_onnx(content: bytes) -> bool:
    """Whether `content`, the file's beginning or all of it, has the fields of an ONNX model."""
    found: set[int] = set()
    try:
        for number, kind, value in _fields(content):
            if ONNX_FIELDS.get(number) != kind or (number == IR_VERSION and value < OLDEST_ONNX):
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
