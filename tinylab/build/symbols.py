"""Functions of a firmware image by name and by address, and their source lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tinylab.errors import InputError, UnknownName
from tinylab.units import either, similar

THUMB = 1
MOST_DEBUG_BYTES, MOST_UNIT_BYTES, MOST_LINES = 128 << 20, 1 << 20, 1_000_000
"""Debug information beyond these is not read: all sections, the line program of one source file,
and lines. 2 MiB of code have about 500,000 lines."""
REMEDY_STRIPPED = "Give its address, such as 0x08001235, or the ELF file with its symbols."


@dataclass(frozen=True)
class Function:
    """A function: its name, its address without the Thumb bit, and its size in bytes."""

    name: str
    address: int
    size: int = 0


@dataclass(frozen=True)
class SourceLine:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Symbols:
    """The functions and the line table of an image; empty for a stripped one.

    `lines` are (address, source line) in ascending order; None ends a sequence.
    """

    def __init__(
        self,
        functions: Sequence[Function] = (),
        lines: Sequence[tuple[int, SourceLine | None]] = (),
    ) -> None:
        self.functions = tuple(sorted(functions, key=lambda one: (one.address, one.name)))
        self._lines = lines

    @cached_property
    def _addresses(self) -> list[int]:
        return [function.address for function in self.functions]

    @cached_property
    def _line_addresses(self) -> list[int]:
        return [address for address, _ in self._lines]

    def function_at(self, address: int) -> Function | None:
        """The function that contains `address`. A function without a size extends to the next."""
        index = bisect_right(self._addresses, address & ~THUMB) - 1
        if index < 0:
            return None
        found = self.functions[index]
        inside = not found.size or address < found.address + found.size
        return found if inside else None

    def line_at(self, address: int) -> SourceLine | None:
        """The source line that `address` was compiled from."""
        index = bisect_right(self._line_addresses, address & ~THUMB) - 1
        return self._lines[index][1] if index >= 0 else None

    def place(self, address: int) -> str:
        """`address` as text for messages: `spin at main.c:12`, or the hexadecimal number."""
        function, line = self.function_at(address), self.line_at(address)
        name = function.name if function else f"{address:#010x}"
        return f"{name} at {line}" if line else name

    def resolve(self, text: str) -> Function:
        """The function with the name `text`, or at the address `text`.

        Raises UnknownName, with similar names, and InputError for an ambiguous name.
        """
        if text[:2].lower() == "0x":
            return self._at(text)
        found = [function for function in self.functions if function.name == text]
        if len({function.address for function in found}) > 1:
            places = ", ".join(f"{one.address | THUMB:#010x}" for one in found)
            raise InputError(
                f"Several functions are named {text}.", remedy=f"Give an address: {places}."
            )
        if not found:
            raise UnknownName(f"The image has no function {text}.", remedy=self._like(text))
        return found[0]

    def _at(self, text: str) -> Function:
        try:
            address = int(text, 16) & ~THUMB
        except ValueError:
            raise InputError(
                f"'{text}' is not an address.", remedy="Write it in hexadecimal: 0x08001235."
            ) from None
        known = self.function_at(address)
        exact = known is not None and known.address == address
        return known if known is not None and exact else Function(f"{address:#010x}", address)

    def _like(self, text: str) -> str:
        """A remedy with similar names and with names that contain the text, as C++ names do."""
        if not self.functions:
            return f"The image has no symbols. {REMEDY_STRIPPED}"
        names = [function.name for function in self.functions]
        if near := similar(text, names):
            return f"Did you mean {either(near)}?"
        return (
            "If it is in the source, the compiler may have inlined it. Mark it "
            "__attribute__((noinline)), or give an address."
        )


def read_symbols(elf: ELFFile) -> Symbols:
    """The functions and the line table of an ELF file, if it has them."""
    readable = elf.has_dwarf_info() and _debug_bytes(elf) <= MOST_DEBUG_BYTES
    return Symbols(_functions(elf), _lines(elf) if readable else ())


def symbols_in(path: Path) -> Symbols:
    """The functions and the line table of the ELF file at `path`. Raises OSError."""
    with path.open("rb") as file:
        return read_symbols(ELFFile(file))


def _functions(elf: ELFFile) -> list[Function]:
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return []
    return [
        Function(symbol.name, symbol["st_value"] & ~THUMB, symbol["st_size"])
        for symbol in table.iter_symbols()
        if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_shndx"] != "SHN_UNDEF"
    ]


def _debug_bytes(elf: ELFFile) -> int:
    """Of all sections with debug information, decompressed."""
    names = (".debug", ".zdebug")
    sections = (one for one in elf.iter_sections() if one.name.startswith(names))
    return sum(max(one.data_size, one["sh_size"]) for one in sections)


def _lines(elf: ELFFile) -> list[tuple[int, SourceLine | None]]:
    dwarf = elf.get_dwarf_info()
    found: list[tuple[int, SourceLine | None]] = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None or _program_bytes(program) > MOST_UNIT_BYTES:
            continue
        if len(found) > MOST_LINES:
            break
        for entry in program.get_entries():
            state = entry.state
            # Functions that the linker dropped have lines at address 0.
            if state is None or not state.address:
                continue
            name = _file_name(program.header, state.file)
            if state.end_sequence:
                # A line without code would otherwise extend beyond the sequence.
                while found and found[-1][0] == state.address:
                    found.pop()
            line = None if state.end_sequence else SourceLine(name, state.line)
            found.append((state.address, line))
    # If one sequence ends where another begins, the beginning must come last.
    return sorted(found, key=lambda one: (one[0], one[1] is not None))


def _program_bytes(program: Any) -> int:
    return int(program.program_end_offset - program.program_start_offset)


def _file_name(header: Any, number: int) -> str:
    """File numbers count from 1 before DWARF 5, from 0 in it."""
    index = number if header["version"] >= 5 else number - 1
    entries = header["file_entry"]
    if not 0 <= index < len(entries):
        return "?"
    name = entries[index].name
    return "?" if name is None else PurePath(name.decode(errors="replace")).name
