"""What a damaged ELF file makes pyelftools raise, as one error; and checks before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from elftools.common.exceptions import DWARFError, ELFError
from elftools.elf.elffile import ELFFile

from tinylab.errors.foreign import raised_in

MOST_SEGMENTS, MOST_SECTIONS, MOST_SYMBOLS = 1_000, 20_000, 500_000
"""Many more than linked firmware has; reading so many takes seconds. A damaged header may give any
number, or have all headers at one place, so that reading them does not end."""
SYMBOL_BYTES = 16


@contextmanager
def elf_damage() -> Iterator[None]:
    """Around reading a file that may be damaged. Raises ELFError."""
    try:
        yield
    except ELFError:
        raise
    except DWARFError as error:
        raise ELFError(str(error)) from error
    except Exception as error:
        # pyelftools checks little: asserts, missing keys, wrong lengths. Of other code the same is
        # a mistake, and stays what it is.
        if not raised_in(error, "elftools"):
            raise
        raise ELFError("its structure is inconsistent") from error


def require_readable(elf: ELFFile, size: int) -> None:
    """Check that the lists in a file of `size` bytes can be read to their end. Raises ELFError."""
    with elf_damage():
        segments, sections = elf.num_segments(), elf.num_sections()
        if segments > MOST_SEGMENTS or sections > MOST_SECTIONS:
            raise ELFError(f"it claims to have {segments:,} segments and {sections:,} sections")
        loaded = sum(segment["p_filesz"] for segment in elf.iter_segments("PT_LOAD"))
        if loaded > size:
            raise ELFError(f"{loaded:,} bytes are to be loaded from {size:,}")
        table = elf.get_section_by_name(".symtab")
        if table is not None and table["sh_size"] > MOST_SYMBOLS * SYMBOL_BYTES:
            raise ELFError(f"its symbol table has {table['sh_size']:,} bytes")
