"""The terminal: size, colours, signs."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext

NAME = "terminal"
SMALLEST = (80, 24)


def examine(around: DoctorContext) -> Iterator[Check]:
    here = around.terminal
    if not here.interactive:
        yield Check(NAME, CheckState.NOT_NEEDED, "The output is a file or a pipe.")
        return
    colours = "no colours (NO_COLOR is set)" if here.no_color else here.colours
    reason = f"{here.columns} x {here.rows}, {colours}, {here.encoding}"
    remedy = " ".join(_remedies(around))
    yield Check(NAME, CheckState.WARNING if remedy else CheckState.OK, reason, remedy)


def _remedies(around: DoctorContext) -> Iterator[str]:
    here = around.terminal
    if not here.moves_cursor:
        yield (
            "The bench requires a terminal with cursor control: set TERM, for example to "
            "xterm-256color."
        )
    if here.columns < SMALLEST[0] or here.rows < SMALLEST[1]:
        yield f"Enlarge the window: the bench requires {SMALLEST[0]} x {SMALLEST[1]}."
    if not here.writes_utf8:
        yield "Plots and symbols require UTF-8: set LANG=C.UTF-8."
