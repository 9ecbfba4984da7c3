"""What the interface does in threads. They touch no widget; they post messages."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from textual.message import Message

from tinylab import paths, settings
from tinylab.bench.prepare.model_facts import survey
from tinylab.bench.session.session_results import Session
from tinylab.errors import InternalError, Interrupted, TinylabError
from tinylab.results.store import Store
from tinylab.screens.imports import one_at_a_time
from tinylab.screens.live import LiveSession
from tinylab.screens.messages import (
    DeskLaid,
    Examined,
    ModelRead,
    ProbesChanged,
    SessionEnded,
    Troubled,
)
from tinylab.screens.selection import Selection, StartRequest

if TYPE_CHECKING:
    from textual.geometry import Size
    from usb.backend import IBackend

    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.app_context import DoctorOf

Post = Callable[[Message], object]

POLL_S = 0.3
"""How often the bus is looked at: plugging and unplugging shows within a second."""


def lay_out(asked: Callable[[], StartRequest], post: Post) -> None:
    """Makes the desk from the command line and the settings."""
    with _told(post):
        trouble: TinylabError | None = None
        try:
            saved = settings.load()
        except settings.DamagedSettings as error:
            saved, trouble = error.usable, error
        except TinylabError as error:
            saved, trouble = settings.DEFAULTS, error
        post(DeskLaid(Selection(asked(), saved), trouble))


def read_models(names: Sequence[str], stopped: threading.Event, post: Post) -> None:
    """Finds out about the models, file by file."""
    with _told(post), suppress(Interrupted):
        for name, facts in survey(names, stopped.is_set):
            post(ModelRead(name, facts))


def watch_probes(usb: Callable[[], IBackend | None], stopped: threading.Event, post: Post) -> None:
    """Tells what is attached, first at once and then whenever that changes."""
    with one_at_a_time:
        from tinylab.probe.watch import ProbeWatch
    with _told(post):
        watch = ProbeWatch(usb())
        while not stopped.is_set():
            probes = watch.poll()
            if probes is not None:
                post(ProbesChanged(probes))
            stopped.wait(POLL_S)


def examine(
    doctor: DoctorOf,
    probes: Sequence[ProbeInfo],
    size: Size,
    stopped: threading.Event,
    post: Post,
) -> None:
    """Looks whether everything is here that measuring takes; tells one thing after the other."""
    with _told(post):
        for check in doctor(probes, (size.width, size.height)):
            if stopped.is_set():
                return
            post(Examined(check))
        post(Examined(None))


def carry_out(live: LiveSession, session: Session, cancelled: threading.Event, post: Post) -> None:
    """Does the plan of `live`; whatever happens, SessionEnded is posted last."""
    try:
        with _told(post), Store.open(paths.results_database()) as store:
            store.begin_session()
            for event in session(live.plan, store, cancelled):
                live.take(event)
    finally:
        post(SessionEnded())


@contextmanager
def _told(post: Post) -> Iterator[None]:
    """What goes wrong is told; a bug ends its thread, never the screen."""
    try:
        yield
    except TinylabError as error:
        post(Troubled(error))
    except Exception as error:  # noqa: BLE001 - see above
        post(Troubled(bug(error)))


def bug(error: BaseException) -> InternalError:
    """A mistake of ours, as something that can be shown and reported."""
    return InternalError.of(
        error,
        remedy="Please report it with these details. You can continue to use the bench.",
        details="".join(traceback.format_exception(error)),
    )
