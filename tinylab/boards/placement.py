"""In which memories the parts of a program are: as asked for, and as linked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from tinylab.boards.board import Board, Memory
from tinylab.errors import InputError, UnknownName

FLASH = "flash"
AUTO = "auto"
"""What a user writes for the default."""
FORM = "WHAT=MEMORY"


@dataclass(frozen=True)
class Placement:
    """The memory of each part, as `--place` and results call it; None: where it suits best."""

    weights: str | None = None
    """`flash`, or a RAM that they are copied to before the network starts."""
    activations: str | None = None
    scratch: str | None = None
    """Of kernels; None: it is a part of the activations."""
    code: str | None = None
    """Of the network and its kernels."""

    def __str__(self) -> str:
        """As `--place` takes it: `weights=dtcm,activations=axi`."""
        pairs = ((part, getattr(self, part)) for part in PARTS)
        return ",".join(f"{part}={word}" for part, word in pairs if word is not None)


NOWHERE = Placement()
PARTS = tuple(one.name for one in fields(Placement))


@dataclass(frozen=True)
class Layout:
    """What the linker is told: memories of the board."""

    activations: tuple[Memory, ...]
    """The first one that they fit into is used."""
    weights: Memory | None = None
    """None: the flash."""
    scratch: Memory | None = None
    """None: part of the activations."""
    code: Memory | None = None
    """None: the flash."""

    @property
    def is_placed(self) -> bool:
        """Whether anything is copied to RAM, or in a memory of its own."""
        return (self.weights, self.scratch, self.code) != (None, None, None)


def default_layout(board: Board) -> Layout:
    """Weights and code in flash, activations in the first RAM that has the room."""
    return Layout(tuple(memory for memory in board.ram if _takes(board, memory, "activations")))


def parse(texts: Iterable[str]) -> Placement:
    """The placement in texts such as `weights=dtcm,activations=axi`.

    Raises InputError for another form, an unknown part, or a part that is given twice.
    """
    found: dict[str, str | None] = {}
    for text in texts:
        for pair in text.split(","):
            part, sign, word = (piece.strip().lower() for piece in pair.partition("="))
            if not sign or not word:
                raise InputError(
                    f"--place takes {FORM}, not '{pair.strip()}'.",
                    remedy=f"Write for example --place weights=dtcm. Parts: {', '.join(PARTS)}.",
                )
            if part not in PARTS:
                raise UnknownName(
                    f"--place does not know the part '{part}'.",
                    remedy=f"Parts that can be placed: {', '.join(PARTS)}.",
                )
            if part in found:
                raise InputError(
                    f"--place names a memory for the {part} twice.", remedy="Remove one of them."
                )
            found[part] = None if word == AUTO else word
    return Placement(**found)


def choices(board: Board, part: str) -> tuple[Memory, ...]:
    """The memories that can hold a part, the flash first where it can; others in the board's order.

    Data at address 0 would be a null pointer.
    """
    flash = (board.flash,) if part in ("weights", "code") else ()
    ram = (*board.ram, *board.other_ram)
    return (*flash, *(memory for memory in ram if _takes(board, memory, part)))


def find(board: Board, part: str, word: str) -> Memory:
    """The memory called `word`. Raises UnknownName, which lists those that can hold the part."""
    known = choices(board, part)
    for memory in known:
        if word in (word_of(board, memory), memory.name.lower()):
            return memory
    usable = ", ".join(word_of(board, memory) for memory in known)
    every = (board.flash, *board.ram, *board.other_ram)
    exists = any(word in (word_of(board, one), one.name.lower()) for one in every)
    raise UnknownName(
        f"The {part} cannot be in the memory '{word}' of the {board.title}."
        if exists
        else f"The {board.title} has no memory '{word}'.",
        remedy=f"Memories for {part}: {usable}.",
    )


def check(board: Board, placement: Placement) -> None:
    """Raises UnknownName for a memory that is not on the board, or cannot hold the part."""
    for part in PARTS:
        word = getattr(placement, part)
        if word is not None:
            find(board, part, word)


def word_of(board: Board, memory: Memory) -> str:
    """What results call a memory; every board's flash is `flash`."""
    return FLASH if memory == board.flash else memory.word


def _takes(board: Board, memory: Memory, part: str) -> bool:
    content = "code" if part == "code" else "data"

    return content in memory.holds and (memory.base != 0 or part == "code")
