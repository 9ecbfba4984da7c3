"""Picks ST's network runtime for a board, and says what is wrong before a linker has to.

ST ships one static library for each core: `NetworkRuntime1020_CM4_GCC.a`, beside those of other
compilers, in one folder or in one for each core (`Lib/GCC/ARMCortexM4`). What it was compiled
for stands in the attributes of its objects, whatever its name says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from tinylab.boards.board import Board
from tinylab.build.core_attributes import CompiledFor, compiled_for
from tinylab.build.elf_damage import elf_damage
from tinylab.errors import CubeAiError

MAGIC = b"!<arch>\n"
HEADER_BYTES = 60
SIZE = slice(48, 58)
OTHER_COMPILERS = re.compile(r"_(IAR|Keil)\b|\.lib$", re.IGNORECASE)
CORE = re.compile(r"(?:_CM|Cortex-?M|_M)(\d+)", re.IGNORECASE)
WHERE = (
    "It is in the folder Middlewares/ST/AI/Lib of a CubeMX project for this board, and in that "
    "of the installed pack; copy it below the generated folder."
)


@dataclass(frozen=True)
class Library:
    """One network runtime that was found."""

    path: Path

    @property
    def is_gcc(self) -> bool:
        return OTHER_COMPILERS.search(self.path.name) is None

    @cached_property
    def compiled(self) -> CompiledFor | None:
        """What its first object with attributes was compiled for."""
        return next(filter(None, map(_attributes, _members(self.path))), None)

    @property
    def core(self) -> str | None:
        """`M4`, as its name, its folder, or at last its objects say."""
        for text in (self.path.name, self.path.parent.name, self.cpu):
            if found := CORE.search(text):
                return f"M{found[1]}"
        return None

    @property
    def cpu(self) -> str:
        return self.compiled.cpu if self.compiled else ""

    def problem(self, board: Board) -> str:
        """Why it cannot be linked for `board`; empty when it can."""
        if self.compiled is None:
            return "is no library that GCC can link"
        wanted = board.core.short
        if self.core not in (None, wanted):
            return f"is for the Cortex-{self.core}"
        if not self.compiled.runs_on(board):
            return f"holds code for {self.compiled.described}, whatever its name says"
        if not self.compiled.hard_float:
            return "passes floats in integer registers (soft or softfp ABI)"
        return ""


def choose(paths: Sequence[Path], board: Board, wanted: str) -> Library:
    """The one of the libraries at `paths` that is for `board`'s core and hard-float ABI.

    `wanted` names what the code was generated for: `X-CUBE-AI 6.0.0`. Raises CubeAiError, with
    what each library is, when none will do.
    """
    libraries = [Library(path) for path in paths]
    core = f"Cortex-{board.core.short}"
    if not libraries:
        raise CubeAiError(
            f"ST's network runtime for {wanted} is missing: the generated folder has none.",
            remedy=f"Its name is like NetworkRuntime..._C{board.core.short}_GCC.a. {WHERE}",
        )
    usable = [one for one in libraries if one.is_gcc]
    if not usable:
        raise CubeAiError(
            f"The network runtimes are for other compilers: {_names(libraries)}.",
            remedy=f"tinylab builds with GCC: take the one that ends in _GCC.a. {WHERE}",
        )
    problems = {one.path.name: one.problem(board) for one in usable}
    fitting = [one for one in usable if not one.problem(board)]
    if not fitting:
        raise CubeAiError(
            f"No network runtime is for the {board.title} ({core}, hard-float ABI): "
            + "; ".join(f"{name} {why}" for name, why in problems.items())
            + ".",
            remedy=f"Take the one for the {core} with the hard-float ABI. {WHERE}",
        )
    # Packs have a variant beside it that can be moved in memory, which costs time.
    return min(fitting, key=lambda one: ("_PIC" in one.path.name.upper(), one.path.name))


def _names(libraries: Sequence[Library]) -> str:
    return ", ".join(one.path.name for one in libraries)


def _members(path: Path) -> Iterator[bytes]:
    """The objects of a static library, in its order; nothing for another file."""
    data = path.read_bytes()
    place = len(MAGIC)
    if not data.startswith(MAGIC):
        return
    while place + HEADER_BYTES <= len(data):
        field = data[place : place + HEADER_BYTES][SIZE].strip()
        if not field.isdigit():
            return
        begin = place + HEADER_BYTES
        end = begin + int(field)
        if data[begin:end].startswith(b"\x7fELF"):
            yield data[begin:end]
        place = end + end % 2


def _attributes(member: bytes) -> CompiledFor | None:
    try:
        with elf_damage():
            return compiled_for(ELFFile(BytesIO(member)))
    except ELFError:
        return None
