"""Reads the small text files that users write: JSON and TOML."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tinylab.errors import InputError

MIB = 1024 * 1024
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read(path: Path, most: int) -> str:
    """The text of a file of at most `most` bytes; it never waits, and reads no more than that.

    Raises InputError, whose message is the reason alone: the caller names the file.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise InputError(f"it is {_kind(mode)}, not a file")
            content = file.read(most + 1)
    except IsADirectoryError as error:
        raise InputError("it is a folder, not a file") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise InputError(getattr(error, "strerror", None) or str(error)) from error
    if len(content) > most:
        raise InputError(f"it is larger than {most // MIB} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"it is not UTF-8 text: {error}") from error


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")


def _without_waiting(path: str, flags: int) -> int:
    """Opening a named pipe would wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
