"""Reads the bytes of a model file, once: what is hashed is also what is loaded."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tinylab.errors import ModelFileError

MAX_FILE = 256 * 1024 * 1024
REMEDY = "Check the path and its permissions."
CHANGED = "{}: has changed since it was read."
KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True)
class ModelBytes:
    """All of a file, as it was at one moment, and its SHA-256."""

    content: bytes
    sha256: str


def read(source: Path, expected: str = "") -> ModelBytes:
    """All of `source`. Never waits, and never reads more than MAX_FILE bytes.

    Raises ModelFileError if it is no regular file, too large or cannot be read, and if its SHA-256
    is not `expected`, where that is known.
    """
    try:
        with open(source, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            _check_regular(source, status.st_mode)
            content = b"" if status.st_size > MAX_FILE else file.read(MAX_FILE + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ModelFileError(f"{source}: there is no such file.", remedy=REMEDY) from error
    except OSError as error:
        why = f"{source}: cannot be read: {error.strerror}."
        raise ModelFileError(why, remedy=REMEDY) from error
    if max(status.st_size, len(content)) > MAX_FILE:
        raise ModelFileError(
            f"{source.name}: larger than {MAX_FILE // 1024 // 1024} MiB.",
            remedy="A network of this size fits no microcontroller; "
            "check that it is the right file.",
        )
    digest = hashlib.sha256(content).hexdigest()
    if expected and digest != expected:
        raise ModelFileError(CHANGED.format(source.name), remedy="Start again.")
    return ModelBytes(content, digest)


def _without_waiting(path: str, flags: int) -> int:
    """Opening a named pipe would wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _check_regular(source: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for is_kind, name in KINDS if is_kind(mode)), "a folder")
    raise ModelFileError(
        f"{source}: is {kind}, not a regular file.", remedy="Give the path of a model file."
    )
