"""Reads regular files up to a size; nothing else in a folder can block or fill the memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MIB = 1024 * 1024
NOT_REGULAR = "it is not a regular file"


def read(path: Path, limit: int) -> bytes:
    """The contents of a regular file of at most `limit` bytes.

    Raises OSError for any other file: pipes, devices, folders, larger ones.
    """
    with open(path, "rb", opener=_open) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, NOT_REGULAR, str(path))
        data = b"" if status.st_size > limit else file.read(limit + 1)
    if status.st_size > limit or len(data) > limit:
        raise OSError(errno.EFBIG, too_large(limit), str(path))
    return data


def too_large(limit: int) -> str:
    """`it is larger than 64 MiB`."""
    return f"it is larger than {limit / MIB:g} MiB"


def _open(path: str, flags: int) -> int:
    # A device may act on being opened, and opening a pipe waits for its writer.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, NOT_REGULAR, path)
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
