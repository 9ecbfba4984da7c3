"""The user's board files, and packs: whether every board has a flash algorithm, and its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.boards import catalog
from tinylab.probe import packs
from tinylab.probe.packs import BoardTarget, Source

FILES = "board files"
NAME = "board packs"


def examine(around: DoctorContext) -> Iterator[Check]:
    for error in catalog.unusable():
        yield Check(FILES, CheckState.FAULT, error.message, error.remedy)
    targets = packs.targets()
    missing = [target for target in targets if target.source is None]
    installed = packs.installed()
    told = "; ".join(filter(None, (_boards_of(source, targets) for source in Source)))
    fetched = f"CMSIS packs: {', '.join(installed)}." if installed else "No CMSIS packs."
    reason = f"{told}. {fetched}"
    if not missing:
        yield Check(NAME, CheckState.OK, reason)
        return
    names = ", ".join(f"{target.name} ({target.board})" for target in missing)
    yield Check(
        NAME,
        CheckState.FAULT,
        f"There is no flash algorithm for {names}; {reason}",
        f"`pyocd pack install {missing[0].name}` downloads it; or use a tinylab_… target in the "
        "board's file, see docs/boards.md.",
    )


def _boards_of(source: Source, targets: Sequence[BoardTarget]) -> str:
    """`pyOCD's own: nucleo_f767zi, nucleo_h723zg`; empty if there are none."""
    names = [target.board for target in targets if target.source is source]
    return f"{source}: {', '.join(names)}" if names else ""
