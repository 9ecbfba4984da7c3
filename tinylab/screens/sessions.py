"""The sessions of the interface, one at a time, and the results of all of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tinylab.screens.ledger import Ledger, report

if TYPE_CHECKING:
    from tinylab.bench.plan.events import RunFailed
    from tinylab.bench.plan.plan import Plan
    from tinylab.export.table import Entry
    from tinylab.results.record import RunDocument
    from tinylab.screens.live import LiveSession, LiveView, Snapshot


class Sessions:
    """Owned by the screen, which alone calls it; the session's thread only feeds `live`.

    Life cycle: `begin`, any number of `look`s, perhaps `stop`, `end`; then from the start.
    """

    def __init__(self) -> None:
        self.live: LiveSession | None = None
        self.snapshot: Snapshot | None = None
        self.frozen: LiveView | None = None
        """The frozen live view."""
        self._ledger = Ledger()
        self._cancelled: threading.Event | None = None

    @property
    def running(self) -> bool:
        return self._cancelled is not None

    def begin(self, plan: Plan) -> tuple[LiveSession, threading.Event]:
        """A new session: what its thread feeds, and what stops it."""
        from tinylab.screens.live import LiveSession

        self.live, self._cancelled = LiveSession(plan), threading.Event()
        self.frozen = None
        return self.live, self._cancelled

    def stop(self) -> bool:
        """Requests the end of the session; returns False if that was requested before."""
        if self._cancelled is None or self._cancelled.is_set():
            return False
        self._cancelled.set()
        return True

    def look(self) -> Snapshot | None:
        """The session as it is now; None before the first."""
        self.snapshot = self.live.snapshot() if self.live else None
        return self.snapshot

    def end(self) -> tuple[RunFailed, ...]:
        """Call when the session's thread has ended; returns its failures."""
        self._cancelled = None
        snapshot = self.look()
        if self.live is None or snapshot is None:
            return ()
        self._ledger.take(snapshot.entries, self.live.document())
        return self.live.failures

    def freeze(self, station: str | None) -> None:
        """Freezes or resumes the view of the station."""
        view = self.live.view(station) if self.live else None
        self.frozen = view if self.frozen is None else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the tables show: the results of all sessions, the running one's on top."""
        if self.running and self.snapshot is not None:
            return self._ledger.with_live(self.snapshot.entries)
        return self._ledger.entries()

    @property
    def document(self) -> RunDocument | None:
        """The results of all sessions; None before the first has ended."""
        return self._ledger.document()

    @property
    def report(self) -> RunDocument | None:
        """The results so far, those of a running session too; None if there are none."""
        if self.live is None:
            return None
        live = self.live.document()
        found = report(self.entries, live.started, live.interrupted)
        return found if found.rows or found.failures else None

    def entry_at(self, entry: Entry) -> Entry:
        """The current content of the cell of `entry`."""
        now = (one for one in self.entries if one.identity.place == entry.identity.place)
        return next(now, entry)
