"""What a damaged ELF file makes pyelftools raise, as one error."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from elftools.common.exceptions import DWARFError, ELFError

from tinylab.errors.foreign import raised_in

SLIPS = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    struct.error,
    zlib.error,
)
"""What it raises besides its own; of other code the same is a mistake, and stays what it is."""


@contextmanager
def elf_damage() -> Iterator[None]:
    """Around reading a file that may be damaged. Raises ELFError."""
    try:
        yield
    except DWARFError as error:
        raise ELFError(str(error)) from error
    except SLIPS as error:
        if not raised_in(error, "elftools"):
            raise
        raise ELFError(f"{type(error).__name__}: {error}") from error
