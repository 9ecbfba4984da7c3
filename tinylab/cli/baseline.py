"""`--baseline FILE --max-regress PERCENT`: is it slower than it was?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tinylab import text_files
from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError
from tinylab.plain_files import MIB
from tinylab.results.compare import NOISE_PERCENT, compare, missing
from tinylab.results.documents import ORIGIN
from tinylab.results.record import RunDocument, RunRecord

LARGEST = 64 * MIB
REMEDY = "Name a JSON document that `tinylab run -o FILE.json` wrote."


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
    """The baseline in the file `name`, completely checked. Raises InputError."""
    if name is None:
        return None
    percent = NOISE_PERCENT if max_percent is None else max_percent
    try:
        document = RunDocument.parse(text_files.read(Path(name).expanduser(), LARGEST), "document")
        for row in document.rows:
            _check(row)
    except InputError as error:
        raise InputError(
            f"The baseline {name} cannot be used: {error.message.rstrip('.')}.",
            remedy=REMEDY if error.remedy in ("", ORIGIN) else error.remedy,
        ) from error
    return Baseline(document, percent)


def _check(row: RunRecord) -> None:
    """A valid run has counted cycles: ratios to them are finite."""
    cycles = row.cycles
    if row.valid and not (cycles.median > 0 and 0 < cycles.median_low <= cycles.median_high):
        raise InputError(f"its run of {row.model} has no median with its interval", remedy=REMEDY)
