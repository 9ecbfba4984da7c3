"""The thread that carries out a session for the screen: it touches no widget, it posts."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from tinylab import paths
from tinylab.bench.events import Event, RunFailed, RunFinished, StageFinished, Warned
from tinylab.bench.outcomes import Session
from tinylab.bench.plan import Plan
from tinylab.errors import Interrupted, TinylabError
from tinylab.results.store import Store
from tinylab.screens.live import LiveSession
from tinylab.screens.messages import Said, SessionBegan, SessionEnded
from tinylab.units import duration, megahertz

Post = Callable[[Message], object]


def carry_out(
    make_plan: Callable[[], Plan], session: Session, cancelled: threading.Event, post: Post
) -> None:
    """Makes the plan and does it; whatever happens, SessionEnded is posted last."""
    try:
        live = LiveSession(make_plan())
        post(SessionBegan(live))
        with Store.open(paths.results_database()) as store:
            store.begin_session()
            for event in session(live.plan, store, cancelled):
                live.take(event)
                _tell(event, post)
    except TinylabError as error:
        post(Said(f"{error.message} {error.remedy}\n{error.details}".strip(), trouble=True))
    except Exception as error:  # noqa: BLE001 - a bug ends the session, never the screen
        post(Said(f"There is a mistake in tinylab: {error!r}.", trouble=True))
    finally:
        post(SessionEnded())


def _tell(event: Event, post: Post) -> None:
    """What is worth a line of the log."""
    place = f"{event.job.model} on {event.job.station.label} at {megahertz(event.job.clock_hz)}"
    if isinstance(event, StageFinished):
        post(Said(f"{place}: {event.stage} {event.seconds:.1f} s"))
    elif isinstance(event, Warned):
        post(Said(f"{place}: {event.text}"))
    elif isinstance(event, RunFinished):
        post(Said(f"{place}: {duration(event.record.latency_ms.median / 1e3)}"))
    elif isinstance(event, RunFailed) and isinstance(event.error, Interrupted):
        post(Said(f"{place}: stopped"))
    elif isinstance(event, RunFailed):
        post(Said(f"{place}: {event.error}\n{event.error.details}".strip(), trouble=True))
