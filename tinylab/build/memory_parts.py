"""Adds up what is in each memory of the board, from an image's sections and symbols."""

from __future__ import annotations

import fnmatch
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, SymbolTableSection

from tinylab.boards.board import Board
from tinylab.boards.placement import word_of
from tinylab.build.elf import is_ram
from tinylab.build.memory_map import STACK_BYTES
from tinylab.results.memory_record import MemoryUse

PLACED = {
    ".activations": "activations",
    ".scratch": "scratch",
    ".placed_weights": "weights",
    ".placed_code": "code",
}
"""Sections that are one part as a whole."""
IO = ("tl_input", "tl_output")
DATA_FILES = "*_data*.c"
"""Files of ST's generated code with the network's weights."""
THUMB = 1


@dataclass(frozen=True)
class _Symbol:
    name: str
    kind: str
    start: int
    size: int
    file: str
    """Of local symbols; empty for others."""


def memory_uses(board: Board, image: bytes) -> tuple[MemoryUse, ...]:
    """The memories of `board` that a linked `image` uses, its flash first.

    `image` is an ELF file that `elf.parse` accepts. The stack is what is reserved for it.
    """
    elf = ELFFile(BytesIO(image))
    symbols = tuple(_symbols(elf))
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    found["flash"] = _flash(elf, symbols)
    found[word_of(board, board.ram[0])]["stack"] = STACK_BYTES
    for section in elf.iter_sections():
        if is_ram(section) and section["sh_size"]:
            found[_word(board, section["sh_addr"])] += _ram(section, symbols)
    memories = (board.flash, *board.ram, *board.other_ram)
    return tuple(
        MemoryUse(memory=word, limit=memory.size, **found[word])
        for memory in memories
        if (word := word_of(board, memory)) in found
    )


def _flash(elf: ELFFile, symbols: Iterable[_Symbol]) -> Counter[str]:
    """All that is neither code nor weights counts as constants."""
    total = sum(segment["p_filesz"] for segment in elf.iter_segments("PT_LOAD"))
    found: Counter[str] = Counter()
    for section in elf.iter_sections():
        part = PLACED.get(section.name)
        if part in ("code", "weights"):
            found[part] += section["sh_size"]
        elif section["sh_flags"] & SH_FLAGS.SHF_ALLOC and not is_ram(section):
            within = [symbol for symbol in symbols if _holds(section, symbol.start)]
            found["weights"] += sum(symbol.size for symbol in within if _is_weights(symbol))
            found["code"] += _code(section, within)
    return found + Counter(constants=total - found.total())


def _code(section: Section, symbols: Iterable[_Symbol]) -> int:
    """Bytes of functions with their constants, and of other instructions.

    Mapping symbols ($t, $d) mark where instructions and data begin.
    """
    symbols = tuple(symbols)
    end = section["sh_addr"] + section["sh_size"]
    marks = sorted({one.start: one.name[1] for one in symbols if one.kind == "mark"}.items())
    edges = pairwise((*marks, (end, "")))
    runs = [(start, stop) for (start, mark), (stop, _) in edges if mark == "t"]
    runs += [(one.start, one.start + one.size) for one in symbols if one.kind == "STT_FUNC"]
    total, done = 0, section["sh_addr"]
    for start, stop in sorted(runs):
        total += max(min(stop, end) - max(start, done), 0)
        done = max(done, stop)
    return total


def _ram(section: Section, symbols: Iterable[_Symbol]) -> Counter[str]:
    size = section["sh_size"]
    if section.name in PLACED:
        return Counter({PLACED[section.name]: size})
    objects = {one for one in symbols if one.kind == "STT_OBJECT" and _holds(section, one.start)}
    io = sum(one.size for one in objects if one.name in IO)
    activations = sum(one.size for one in objects if "activations" in one.name)
    return Counter(io=io, activations=activations, rest=size - io - activations)


def _symbols(elf: ELFFile) -> Iterator[_Symbol]:
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return
    file = ""
    for symbol in table.iter_symbols():
        info, name, size = symbol["st_info"], symbol.name, symbol["st_size"]
        kind, start = info["type"], symbol["st_value"]
        if kind == "STT_FILE":
            file = name
        local = file if info["bind"] == "STB_LOCAL" else ""
        if name[:2] in ("$t", "$d"):
            yield _Symbol(name, "mark", start, 0, local)
        elif kind == "STT_FUNC":
            yield _Symbol(name, kind, start & ~THUMB, size, local)
        elif kind == "STT_OBJECT":
            yield _Symbol(name, kind, start, size, local)


def _is_weights(symbol: _Symbol) -> bool:
    return symbol.kind == "STT_OBJECT" and bool(
        "weights" in symbol.name or fnmatch.fnmatch(symbol.file, DATA_FILES)
    )


def _holds(section: Section, address: int) -> bool:
    return bool(section["sh_addr"] <= address < section["sh_addr"] + section["sh_size"])


def _word(board: Board, address: int) -> str:
    return next(
        word_of(board, one)
        for one in (*board.ram, *board.other_ram)
        if one.base <= address < one.base + one.size
    )
