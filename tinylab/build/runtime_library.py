"""Selects ST's network runtime for a board, and reports problems before linking.

ST ships one static library for each core, such as `NetworkRuntime1020_CM4_GCC.a`, next to those
for other compilers, in one folder or in one folder per core (`Lib/GCC/ARMCortexM4`). The
attributes of its objects record the core that it was compiled for; its name may be wrong.
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

from tinylab import plain_files
from tinylab.boards.board import Board
from tinylab.build.core_attributes import CompiledFor, compiled_for
from tinylab.build.elf_damage import elf_damage
from tinylab.errors import CubeAiError

MAGIC = b"!<arch>\n"
HEADER_BYTES = 60
LARGEST = 64 * plain_files.MIB
"""Bytes; ST's libraries have one or two MiB."""
SIZE = slice(48, 58)
DIGITS = re.compile(rb"[0-9]+")
OTHER_COMPILERS = re.compile(r"_(IAR|Keil)\b|\.lib$", re.IGNORECASE)
CORE = re.compile(r"(?:_CM|Cortex-?M|_M)(\d+)", re.IGNORECASE)
WHERE = (
    "It is in Middlewares/ST/AI/Lib of a CubeMX project for this board, and in the same folder of "
    "the installed pack. Copy it into the generated folder."
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
        """The attributes of its first object with floating point, else of the first that has any.

        Objects without floating point state no ABI for it, and link with both.
        """
        first = None
        for member in _members(self.path):
            found = _attributes(member)
            if found is not None and found.floating_point is not None:
                return found
            first = first or found
        return first

    @property
    def core(self) -> str | None:
        """`M4`, from its name, else its folder, else its objects."""
        for text in (self.path.name, self.path.parent.name, self.cpu):
            if found := CORE.search(text):
                return f"M{found[1]}"
        return None

    @property
    def cpu(self) -> str:
        return self.compiled.cpu if self.compiled else ""

    def problem(self, board: Board) -> str:
        """Why it cannot be linked for `board`; empty if it can."""
        if self.compiled is None:
            return "is not a library that GCC can link"
        wanted = board.core.short
        if self.core not in (None, wanted):
            return f"is for the Cortex-{self.core}"
        if not self.compiled.runs_on(board):
            return f"contains code for {self.compiled.described}, despite its name"
        if not self.compiled.hard_float:
            return "passes floats in integer registers (soft or softfp ABI)"
        return ""


def choose(paths: Sequence[Path], board: Board, wanted: str) -> Library:
    """The library among `paths` for `board`'s core and the hard-float ABI.

    `wanted` names the version that the code was generated for: `X-CUBE-AI 6.0.0`. Raises
    CubeAiError, with the problem of each library, if none is usable.
    """
    libraries = [Library(path) for path in paths]
    core = f"Cortex-{board.core.short}"
    if not libraries:
        raise CubeAiError(
            f"ST's network runtime for {wanted} is missing in the generated folder.",
            remedy=f"Its name has the form NetworkRuntime..._C{board.core.short}_GCC.a. {WHERE}",
        )
    usable = [one for one in libraries if one.is_gcc]
    if not usable:
        raise CubeAiError(
            f"The network runtimes are for other compilers: {_names(libraries)}.",
            remedy=f"tinylab builds with GCC; use the library that ends in _GCC.a. {WHERE}",
        )
    problems = {one.path.name: one.problem(board) for one in usable}
    fitting = [one for one in usable if not one.problem(board)]
    if not fitting:
        raise CubeAiError(
            f"No network runtime matches the {board.title} ({core}, hard-float ABI): "
            + "; ".join(f"{name} {why}" for name, why in problems.items())
            + ".",
            remedy=f"Use the library for the {core} with the hard-float ABI. {WHERE}",
        )
    # Packs also have a slower, position-independent variant.
    return min(fitting, key=lambda one: ("_PIC" in one.path.name.upper(), one.path.name))


def _names(libraries: Sequence[Library]) -> str:
    return ", ".join(one.path.name for one in libraries)


def _members(path: Path) -> Iterator[bytes]:
    """The objects of a static library, in order; nothing for any other file."""
    data = plain_files.read(path, LARGEST)
    place = len(MAGIC)
    if not data.startswith(MAGIC):
        return
    while place + HEADER_BYTES <= len(data):
        field = data[place : place + HEADER_BYTES][SIZE].strip()
        if not DIGITS.fullmatch(field):
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
