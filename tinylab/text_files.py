"""Reads the small text files that users write: JSON and TOML."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

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


def read_toml(path: Path, most: int) -> dict[str, Any]:
    """The tables of a TOML file, whose numbers can be used: finite, of at most 64 bits.

    Raises InputError as `read` does.
    """
    try:
        tables = tomllib.loads(read(path, most))
    except ValueError as error:  # also for a number of thousands of digits
        raise InputError(f"it is not valid TOML: {error}") from error
    except RecursionError as error:
        raise InputError("it is nested too deeply") from error
    _check_numbers(tables, "it")
    return tables


def _check_numbers(value: object, where: str) -> None:
    """Numbers that no table can mean, and that arithmetic cannot use."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, str(key))
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{where} has {value}, which is no number")
    elif isinstance(value, int) and abs(value) >= 1 << 63:
        raise InputError(f"{where} has a number of more than 64 bits")
