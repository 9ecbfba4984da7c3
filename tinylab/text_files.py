"""Reads the small text files that users write: JSON and TOML."""

from __future__ import annotations

from pathlib import Path

from tinylab import plain_files
from tinylab.errors import InputError


def read(path: Path, most: int) -> str:
    """The text of a file of at most `most` bytes; it never waits, and reads no more than that.

    Raises InputError, whose message is the reason alone: the caller names the file.
    """
    try:
        return plain_files.read(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"it is not UTF-8 text: {error}") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise InputError(getattr(error, "strerror", None) or str(error)) from error
