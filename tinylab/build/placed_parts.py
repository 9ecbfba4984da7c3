"""Writes what linker and start-up code need for parts of the program that are copied to RAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tinylab.boards.board import Board, Memory
from tinylab.boards.placement import Layout, Placement, word_of
from tinylab.build.memory_map import region_of

CONTENTS: Mapping[str, tuple[str, ...]] = {
    "weights": ("*network/*_data*.o(.rodata .rodata.*)",),
    "code": (
        "*kernels/*.o(.text .text.*)",
        "*network/*.o(.text .text.*)",
        "*network/st/*.a:*(.text .text.*)",
        "*libm*.a:*(.text .text.*)",
    ),
}
"""The input sections of a part that can be copied: files of the network, of kernels, of ST."""
ACTIVATIONS, SCRATCH = ".activations", ".scratch"
"""Sections of scripts/firmware.ld that are not copied."""


def section(part: str) -> str:
    """The output section of a part that is copied: `.placed_weights`."""
    return f".placed_{part}"


def linker_sections(board: Board, layout: Layout) -> bytes:
    """`boards/placed.ld`, included by `scripts/firmware.ld` before all other code and constants.

    Each part has its bytes in the flash and its address in RAM; a table lists both and the length.
    """
    copied = _copied(layout)
    if not copied:
        return b"/* Nothing is copied to RAM. */\n"
    lines = list(_sections(board, copied))
    rows = [
        f"    LONG({what}({section(part)}))"
        for part in copied
        for what in ("LOADADDR", "ADDR", "SIZEOF")
    ]
    lines += [".copies :", "{", "    _scopies = .;", *rows, "    _ecopies = .;"]
    lines += ["    . = ALIGN(32);", "} > FLASH :code"]
    return ("\n".join(lines) + "\n").encode()


def _sections(board: Board, copied: Mapping[str, Memory]) -> Iterator[str]:
    for part, memory in copied.items():
        yield f"{section(part)} : ALIGN(32)"
        yield "{"
        yield from (f"    {pattern}" for pattern in CONTENTS[part])
        # A cache line: all that follows in the flash keeps its place in the caches.
        yield "    . = ALIGN(32);"
        yield f"}} > {region_of(board, memory)} AT> FLASH :placed_{part}"


def _copied(layout: Layout) -> Mapping[str, Memory]:
    parts = {"weights": layout.weights, "code": layout.code}
    return {part: memory for part, memory in parts.items() if memory is not None}


def header(layout: Layout, arena: Memory) -> bytes:
    """`boards/placed.h` for the start-up code: whether to copy, and clocks to enable before."""
    used = (layout.weights, layout.code, layout.scratch, arena)
    clocks = dict.fromkeys(one.clock for one in used if one is not None and one.clock is not None)
    lines = ["/* Parts of the program in RAM. */"]
    if _copied(layout):
        lines.append("#define TL_COPIES")
    if clocks:
        rows = ", ".join(f"{{{register:#010x}u, {bit}u}}" for register, bit in clocks)
        lines.append(f"#define TL_MEMORY_CLOCKS {rows}")
    return ("\n".join(lines) + "\n").encode()


def linked(board: Board, sections: Mapping[str, int], *, scratch: bool) -> Placement:
    """Where an image's parts are, by the addresses of its sections.

    `scratch`: kernels with scratch memory are a part of it, as of all of tinylab's code.
    """
    if ACTIVATIONS not in sections:
        return Placement()
    activations = _word(board, sections[ACTIVATIONS])
    copied = {
        part: _word(board, sections.get(section(part), board.flash.base)) for part in CONTENTS
    }
    apart = _word(board, sections[SCRATCH]) if SCRATCH in sections else activations
    return Placement(activations=activations, scratch=apart if scratch else None, **copied)


def _word(board: Board, address: int) -> str:
    memories = (board.flash, *board.ram, *board.other_ram)
    return next(
        word_of(board, one) for one in memories if one.base <= address < one.base + one.size
    )
