"""The results of all sessions since the interface was opened, one for each cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import tinylab
from tinylab.export.table import STOPPED, Entry
from tinylab.results.identity import Place
from tinylab.results.record import Failure, RunDocument, RunRecord


class Ledger:
    """Later results replace earlier ones of the same model, station and clock.

    A run without a result, because it was stopped or never started, replaces nothing.
    """

    def __init__(self) -> None:
        self._kept: dict[Place, Entry] = {}
        self._started = ""
        self._interrupted = False

    def with_live(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """The results to show while a session runs: the earlier ones, replaced by the session's
        own.
        """
        return tuple((self._kept | {entry.identity.place: entry for entry in entries}).values())

    def take(self, entries: Iterable[Entry], document: RunDocument) -> None:
        """A session has ended with these."""
        self._started = self._started or document.started
        self._interrupted = document.interrupted
        for entry in entries:
            where = entry.identity.place
            if where not in self._kept or _says_something(entry):
                self._kept[where] = _ended(entry)

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._kept.values())

    def document(self) -> RunDocument | None:
        """All results; None if there are none."""
        if not self._started:
            return None
        return report(self.entries(), self._started, self._interrupted)


def report(entries: Iterable[Entry], started: str, interrupted: bool) -> RunDocument:
    """The results among these entries: what was measured, and what failed."""
    outcomes = [entry.outcome for entry in entries if _says_something(entry)]
    return RunDocument(
        tinylab=tinylab.__version__,
        started=started,
        rows=tuple(one for one in outcomes if isinstance(one, RunRecord)),
        failures=tuple(one for one in outcomes if isinstance(one, Failure)),
        interrupted=interrupted,
    )


def _ended(entry: Entry) -> Entry:
    """What a session that broke off left under way or queued is so no more."""
    ended = isinstance(entry.outcome, RunRecord | Failure)
    return entry if ended else replace(entry, outcome=STOPPED)


def _says_something(entry: Entry) -> bool:
    """Whether the run was measured, or failed."""
    outcome = entry.outcome
    if isinstance(outcome, Failure):
        return not outcome.error.interrupted
    return isinstance(outcome, RunRecord)
