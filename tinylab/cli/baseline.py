"""`--baseline FILE --max-regress PERCENT`: is it slower than it was?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError
from tinylab.results.compare import NOISE_PERCENT, compare, missing
from tinylab.results.record import RunDocument


@dataclass(frozen=True)
class Baseline:
    """The runs to compare with, and the allowed slowdown."""

    document: RunDocument
    max_percent: float

    def judge(self, now: RunDocument) -> ExitCode:
        """Prints each comparison on stderr. Raises InputError if runs are not comparable."""
        noise = min(NOISE_PERCENT, self.max_percent)
        comparisons = compare(now, self.document, noise)
        for comparison in comparisons:
            beyond = comparison.regressed(self.max_percent)
            mark = f", more than {self.max_percent:g} %: REGRESSION" if beyond else ""
            print(one_line(f"baseline: {comparison}{mark}"), file=sys.stderr)
        for name in missing(now, self.document):
            print(
                one_line(f"baseline: {name}: not compared, in one document only"), file=sys.stderr
            )
        regressed = any(comparison.regressed(self.max_percent) for comparison in comparisons)
        return ExitCode.REGRESSION if regressed else ExitCode.OK


def baseline(name: str | None, max_percent: float | None) -> Baseline | None:
    """The baseline in the file `name`. Raises InputError if it cannot be used."""
    if name is None:
        return None
    percent = NOISE_PERCENT if max_percent is None else max_percent
    try:
        text = Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"The baseline {name} cannot be read: {error}.",
            remedy="Name a JSON document that -o FILE.json wrote.",
        ) from error
    return Baseline(RunDocument.parse(text, name), percent)
