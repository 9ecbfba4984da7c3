"""Which target programs each board of the catalogue: pyOCD's, tinylab's, or a CMSIS pack's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pyocd.target import TARGET, normalise_target_type_name
from pyocd.target.pack.pack_target import ManagedPacks

from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.probe import targets as ours


class Source(StrEnum):
    """The source of the target description and its flash algorithm."""

    PYOCD = "pyOCD's own"
    TINYLAB = "tinylab's"
    PACK = "from CMSIS packs"


@dataclass(frozen=True)
class BoardTarget:
    """A board, pyOCD's name for its part, and the target's source; None if there is no target."""

    board: str
    name: str
    source: Source | None


def targets() -> tuple[BoardTarget, ...]:
    """The target of every board."""
    return tuple(
        BoardTarget(board.name, board.pyocd_target, _source(board))
        for board in catalog.all_boards()
    )


def installed() -> tuple[str, ...]:
    """The CMSIS packs that `pyocd pack install` has installed: `Keil.STM32L4xx_DFP.2.6.1`."""
    return tuple(str(pack) for pack in ManagedPacks.get_installed_packs())


def _source(board: Board) -> Source | None:
    name = board.pyocd_target
    if name.startswith(ours.OURS):
        return Source.TINYLAB if ours.has_algorithm(board) else None
    if name in TARGET:
        return Source.PYOCD
    wanted = normalise_target_type_name(name)
    in_packs = ManagedPacks.get_installed_targets()
    found = any(normalise_target_type_name(one.part_number) == wanted for one in in_packs)
    return Source.PACK if found else None
