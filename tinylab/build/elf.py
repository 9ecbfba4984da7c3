"""Reads sizes, symbols and loadable bytes from a firmware's ELF file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, SymbolTableSection

from tinylab.build.elf_damage import elf_damage, require_readable
from tinylab.errors import BuildError

COPIED = ".placed_"
"""How the names of constant sections begin that are copied to RAM."""
TABLE = ".copies"
"""The table of what is copied: in flash, though the linker marks it as writable."""


@dataclass(frozen=True)
class Segment:
    """Bytes to be programmed into flash at a physical address."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Contents:
    """The contents of an ELF file.

    `flash_bytes` counts code, constants, weights and the initial values of variables;
    `ram_bytes` counts variables, the mailbox with its ring, activations, and what is copied to RAM,
    without the stack.
    """

    sha256: str
    flash_bytes: int
    ram_bytes: int
    symbols: Mapping[str, int]
    segments: tuple[Segment, ...]
    sections: Mapping[str, int]
    """Addresses of those that are in memory."""

    def read(self, address: int, count: int) -> bytes:
        """`count` bytes of flash at `address`; fewer if the segment ends before."""
        for segment in self.segments:
            offset = address - segment.address
            if 0 <= offset < len(segment.data):
                return segment.data[offset : offset + count]
        return b""


def parse(data: bytes) -> Contents:
    """Parse an ELF file's bytes.

    Raises BuildError when they are not a valid ELF file.
    """
    try:
        with elf_damage():
            elf = ELFFile(BytesIO(data))
            require_readable(elf, len(data))
            segments = _segments(elf)
            return Contents(
                sha256=hashlib.sha256(data).hexdigest(),
                flash_bytes=sum(len(segment.data) for segment in segments),
                ram_bytes=_ram_bytes(elf),
                symbols=_symbols(elf),
                segments=segments,
                sections=_sections(elf),
            )
    except ELFError as exc:
        raise BuildError(
            "The firmware image is not a readable ELF file.",
            remedy="Build it again.",
            details=str(exc),
        ) from exc


def _segments(elf: ELFFile) -> tuple[Segment, ...]:
    loaded = (
        Segment(segment["p_paddr"], segment.data())
        for segment in elf.iter_segments("PT_LOAD")
        if segment["p_filesz"]
    )
    return tuple(sorted(loaded, key=lambda segment: segment.address))


def _ram_bytes(elf: ELFFile) -> int:
    return sum(section["sh_size"] for section in elf.iter_sections() if is_ram(section))


def is_ram(section: Section) -> bool:
    """Whether a section takes RAM: variables, and what is copied there."""
    in_ram = SH_FLAGS.SHF_ALLOC | SH_FLAGS.SHF_WRITE
    written = section["sh_flags"] & in_ram == in_ram and section.name != TABLE
    return bool(written or section.name.startswith(COPIED))


def _sections(elf: ELFFile) -> dict[str, int]:
    return {
        section.name: section["sh_addr"]
        for section in elf.iter_sections()
        if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
    }


def _symbols(elf: ELFFile) -> dict[str, int]:
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return {}
    return {
        symbol.name: symbol["st_value"]
        for symbol in table.iter_symbols()
        # Mapping symbols ($t, $d) mark where code and data begin.
        if symbol.name
        and not symbol.name.startswith("$")
        and symbol["st_info"]["type"] not in ("STT_FILE", "STT_SECTION")
    }
