"""Board packs: can every board of the catalogue be programmed, and with whose algorithm."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.bench.doctor.check import Check, State, Surroundings
from tinylab.errors import TinylabError
from tinylab.probe import packs
from tinylab.probe.packs import Source

NAME = "board packs"


def examine(around: Surroundings) -> Iterator[Check]:
    try:
        targets = packs.targets()
    except TinylabError as error:  # a board file of the user's
        yield Check(NAME, State.FAULT, error.message, error.remedy)
        return
    missing = [target for target in targets if target.source is None]
    installed = packs.installed()
    told = ", ".join(
        f"{sum(target.source is source for target in targets)} {source}"
        for source in Source
        if any(target.source is source for target in targets)
    )
    boards = f"{len(targets)} boards: {told}. "
    reason = boards + (f"CMSIS packs: {', '.join(installed)}." if installed else "No CMSIS packs.")
    if not missing:
        yield Check(NAME, State.OK, reason)
        return
    names = ", ".join(f"{target.name} ({target.board})" for target in missing)
    yield Check(
        NAME,
        State.FAULT,
        f"Nobody knows how to program {names}. {reason}",
        f"`pyocd pack install {missing[0].name}` fetches it where there is internet; or name it "
        "tinylab_… in the board's file, see docs/boards.md.",
    )
