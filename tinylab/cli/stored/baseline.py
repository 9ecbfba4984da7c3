"""`--baseline`, `--save-baseline`, `--max-regress`: is it worse than it was?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tinylab
from tinylab import text_files
from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError
from tinylab.plain_files import MIB
from tinylab.results.comparison import baselines
from tinylab.results.comparison.comparison import compare, missing, valid_figures
from tinylab.results.comparison.figures import RunFigures
from tinylab.results.comparison.gate import Allowance, allowance, judge, noise
from tinylab.results.comparison.pairing import STRICT
from tinylab.results.documents import ORIGIN
from tinylab.results.record import RunDocument
from tinylab.results.record_parts import Judgement

LARGEST = 64 * MIB
REMEDY = "Name a JSON document that `tinylab run -o FILE.json` wrote, or a saved baseline."


@dataclass(frozen=True)
class Baseline:
    """The runs to compare with, and what is allowed."""

    runs: Sequence[RunFigures]
    allowances: tuple[Allowance, ...] = ()

    def judge(self, now: RunDocument) -> tuple[Judgement, ...]:
        """Every measure of every valid run.

        Raises InputError if none of them is in the baseline, or one is of another network.
        """
        ours = valid_figures(now)
        if not ours:
            return ()
        found = compare(ours, self.runs, noise_percent=noise(self.allowances), keys=STRICT)
        for name in (*missing(ours, found), *missing(self.runs, found)):
            _say(f"{name}: not compared, in one of the two only")
        return judge(found, self.allowances)


def judgement(
    before: Baseline | None, now: RunDocument
) -> tuple[tuple[Judgement, ...], InputError | None]:
    """What the baseline says of the runs, or why it says nothing."""
    if before is None:
        return (), None
    try:
        return before.judge(now), None
    except InputError as error:
        return (), error


def told(found: Sequence[Judgement]) -> ExitCode:
    """Prints the findings on stderr; the exit code."""
    for one in found:
        if one.allowed_percent is not None or one.percent:
            _say(one.text)
    if any(one.regressed for one in found):
        return ExitCode.REGRESSION
    return ExitCode.MEASUREMENT if any(one.undecided for one in found) else ExitCode.OK


def baseline(name: str | None, allowed: Sequence[str] = ()) -> Baseline | None:
    """The baseline called `name`, completely checked; None without a name. Raises InputError.

    A name in the file of baselines, `FILE.toml:NAME`, or a JSON document of runs.
    """
    if name is None:
        return None
    asked = tuple(map(allowance, allowed))
    if name.lower().endswith(".json"):
        return Baseline(runs_of_document(name, "The baseline"), asked)
    path, known = place(name)
    found, of_file = baselines.named(path, known)
    return Baseline(found.runs, (*of_file, *asked))


def place(name: str) -> tuple[Path, str]:
    """The file of baselines and the name in it, of `NAME` or `FILE.toml:NAME`.

    Raises InputError.
    """
    folder, _, known = name.rpartition(":")
    path = Path(folder).expanduser() if folder else baselines.located(Path.cwd())
    if not known.strip() or path.suffix != ".toml":
        raise InputError(
            f"{name!r} names no baseline.",
            remedy="Write a name, or FILE.toml:NAME, or the name of a .json file of results.",
        )
    return path, known


def saved(name: str, now: RunDocument, judged: Sequence[Judgement] = ()) -> None:
    """Puts the valid runs into the baseline called `name`, unless one of them has become worse.

    Raises InputError and OutputError.
    """
    runs = [one for one in valid_figures(now) if one.comparable]
    path, known = place(name)
    if any(one.regressed or one.undecided for one in judged):
        _say(f"{known} in {path} was kept as it is: a run is worse than allowed")
        return
    if not runs:
        _say(f"{known} in {path} was kept as it is: there is no valid run")
        return
    time = datetime.now().astimezone().isoformat(timespec="seconds")
    baselines.save(path, known, runs, time, tinylab.__version__)
    _say(f"{len(runs)} run{'s' * (len(runs) > 1)} saved as {known} in {path}")


def runs_of_document(name: str, what: str) -> Sequence[RunFigures]:
    """The valid runs of a JSON document, which errors call `what`. Raises InputError."""
    try:
        document = RunDocument.parse(text_files.read(Path(name).expanduser(), LARGEST), "document")
        runs = valid_figures(document)
        for run in runs:
            if not run.comparable:
                raise InputError(f"its run of {run.model} has no median with its interval")
    except InputError as error:
        raise InputError(
            f"{what} {name} cannot be used: {error.message.rstrip('.')}.",
            remedy=REMEDY if error.remedy in ("", ORIGIN) else error.remedy,
        ) from error
    return runs


def _say(text: str) -> None:
    print(one_line(f"baseline: {text}"), file=sys.stderr)
