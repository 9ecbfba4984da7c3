"""The terminal interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from tinylab.screens.bench import BenchScreen
from tinylab.screens.messages import SessionEnded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event as Cancelled

    from tinylab.bench.events import Event
    from tinylab.bench.outcomes import Session
    from tinylab.bench.plan import Plan
    from tinylab.results.record import RunDocument
    from tinylab.results.store import Store


class TinylabApp(App[None]):
    """One bench screen. Quitting while a session runs stops it first, and cleanly."""

    TITLE = "tinylab"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make_plan: Callable[[], Plan], session: Session) -> None:
        super().__init__()
        self.bench = BenchScreen(make_plan, session)
        self._quitting = False

    def on_mount(self) -> None:
        self.push_screen(self.bench)

    async def action_quit(self) -> None:
        if not self.bench.running:
            self.exit()
            return
        self._quitting = True
        self.bench.action_cancel()

    def on_session_ended(self, _: SessionEnded) -> None:
        if self._quitting:
            self.exit()


def run_app(make_plan: Callable[[], Plan]) -> RunDocument | None:
    """Opens the interface; when it is closed, the results of its last session, if any."""
    app = TinylabApp(make_plan, _bench_session)
    app.run()
    return app.bench.document


def _bench_session(plan: Plan, store: Store, cancelled: Cancelled) -> Iterator[Event]:
    """Imported when it runs: nothing heavy stands before the first paint."""
    from tinylab.bench.outcomes import bench_session

    return bench_session(plan, store, cancelled)
