"""The interface's threads. They use no widget; they post messages."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from tinylab import paths, settings
from tinylab.bench.prepare.given_samples import refusals
from tinylab.bench.prepare.model_facts import survey
from tinylab.bench.session.session_results import Session
from tinylab.boards import catalog
from tinylab.errors import InternalError, Interrupted, TinylabError
from tinylab.results.store import Store
from tinylab.screens.imports import one_at_a_time
from tinylab.screens.live import LiveSession
from tinylab.screens.messages import (
    DataRead,
    DataRefused,
    Examined,
    ModelRead,
    ProbesChanged,
    SelectionReady,
    SessionEnded,
    Troubled,
)
from tinylab.screens.selection import Selection, StartRequest
from tinylab.zoo.samples import files

if TYPE_CHECKING:
    from textual.geometry import Size
    from usb.backend import IBackend

    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.app_context import DoctorOf

Post = Callable[[Message], object]

POLL_S = 0.3
"""Interval of polling the bus: plugging and unplugging is shown within a second."""


def make_selection(asked: Callable[[], StartRequest], post: Post) -> None:
    """Makes the selection from the command line and the settings."""
    with _errors_reported(post):
        trouble: TinylabError | None = None
        try:
            saved = settings.load()
        except settings.DamagedSettings as error:
            saved, trouble = error.usable, error
        except TinylabError as error:
            saved, trouble = settings.DEFAULTS, error
        post(SelectionReady(Selection(asked(), saved), trouble))
        for unusable in catalog.unusable():
            post(Troubled(unusable))


def read_models(names: Sequence[str], stopped: threading.Event, post: Post) -> None:
    """Reads the facts of the models, file by file."""
    with _errors_reported(post), suppress(Interrupted):
        for name, facts in survey(names, stopped.is_set):
            post(ModelRead(name, facts))


def read_data(path: str, models: Sequence[str], stopped: threading.Event, post: Post) -> None:
    """Reads a file of samples, and which of the models take them."""
    try:
        data = files.read(Path(path).expanduser())
        post(DataRead(data, refusals(data, models, stopped.is_set)))
    except Interrupted:
        return
    except TinylabError as error:
        post(DataRefused(error))
    except Exception as error:  # noqa: BLE001 - the dialog shows it
        post(DataRefused(bug(error)))


def watch_probes(usb: Callable[[], IBackend | None], stopped: threading.Event, post: Post) -> None:
    """Reports the attached probes at the start and after each change."""
    with one_at_a_time:
        from tinylab.probe.watch import ProbeWatch
    with _errors_reported(post):
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
    """Runs the doctor's checks and reports them one by one."""
    with _errors_reported(post):
        for check in doctor(probes, (size.width, size.height)):
            if stopped.is_set():
                return
            post(Examined(check))
        post(Examined(None))


def carry_out(live: LiveSession, session: Session, cancelled: threading.Event, post: Post) -> None:
    """Executes the plan of `live`; SessionEnded is always posted last."""
    try:
        with _errors_reported(post), Store.open(paths.results_database()) as store:
            store.begin_session()
            for event in session(live.plan, store, cancelled):
                live.take(event)
    finally:
        post(SessionEnded())


@contextmanager
def _errors_reported(post: Post) -> Iterator[None]:
    """Reports errors; a bug ends its thread, never the screen."""
    try:
        yield
    except TinylabError as error:
        post(Troubled(error))
    except Exception as error:  # noqa: BLE001 - see above
        post(Troubled(bug(error)))


def bug(error: BaseException) -> InternalError:
    """A bug in tinylab, as an error that can be shown and reported."""
    return InternalError.of(
        error,
        remedy="Please report it with these details. You can continue to use the bench.",
        details="".join(traceback.format_exception(error)),
    )
