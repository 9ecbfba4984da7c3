"""The known boards: those of `data/*.toml`, and the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tinylab import paths
from tinylab.boards.board import Board
from tinylab.boards.board_file import read_board
from tinylab.errors import InputError, UnknownName
from tinylab.units import either, similar

DATA = Path(__file__).resolve().parent / "data"


def all_boards() -> tuple[Board, ...]:
    """Every board of the catalogue and of the user's folder, sorted by name.

    A file of the user's that cannot be used makes no other board unavailable.
    """
    return _read_folders(DATA, paths.boards()).boards


def unusable() -> tuple[InputError, ...]:
    """Why some of the user's files have no board."""
    return _read_folders(DATA, paths.boards()).unusable


def find(name: str) -> Board | None:
    """The board called `name`, if there is one."""
    return next((board for board in all_boards() if board.name == name.lower()), None)


def by_name(name: str) -> Board:
    """The board called `name`.

    Raises UnknownName, with the nearest names, when there is none.
    """
    board = find(name)
    if board is not None:
        return board
    near = similar(name, [board.name for board in all_boards()])
    meant = f"Did you mean {either(near)}? " if near else ""
    raise UnknownName(
        f"There is no board called '{name}'.",
        remedy=f"{meant}`tinylab boards` lists all of them.",
        details="\n".join(error.message for error in unusable()),
    )


def by_board_id(board_id: str) -> Board | None:
    """The board whose probe reports the mbed code `board_id`, if known."""
    return next(
        (b for b in all_boards() if b.identity.board_id.lower() == board_id[:4].lower()), None
    )


@dataclass(frozen=True)
class _Catalogue:
    """The boards by name, and why the other files are not used."""

    boards: tuple[Board, ...]
    unusable: tuple[InputError, ...]


@cache
def _read_folders(*folders: Path) -> _Catalogue:
    files: dict[str, Path] = {}
    boards: list[Board] = []
    unusable: list[InputError] = []
    for path in (path for folder in folders for path in _files(folder)):
        try:
            board = read_board(path, tested=path.parent == DATA)
            if board.name in files:
                raise InputError(
                    f"The board file {path} cannot be used: {files[board.name]} defines a "
                    f"board called {board.name} too.",
                    remedy="Give it another name, or move it out of that folder.",
                )
        except InputError as error:
            unusable.append(error)
            continue
        files[board.name] = path
        boards.append(board)
    return _Catalogue(tuple(sorted(boards, key=lambda board: board.name)), tuple(unusable))


def _files(folder: Path) -> list[Path]:
    """None in a folder that cannot be read, or does not exist."""
    try:
        return sorted(folder.glob("*.toml"))
    except OSError:
        return []
