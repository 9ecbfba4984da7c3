"""`tinylab run`: measure a plan, print and write its results."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from tinylab import paths
from tinylab.bench.plan.plan import Plan
from tinylab.bench.session.session_results import Session, SessionResults, bench_session
from tinylab.boards import catalog
from tinylab.cli import log_lines, streams
from tinylab.cli.files import deliver, result_files
from tinylab.cli.output import print_warning
from tinylab.cli.progress import narrator
from tinylab.cli.request import plan_of
from tinylab.cli.stored.baseline import baseline, judgement, place, saved, told
from tinylab.cli.stored.like import Pairs, repeated, tell
from tinylab.errors import OutputError
from tinylab.results.record_parts import Judgement
from tinylab.results.store import Store


def headless(arguments: argparse.Namespace, session: Session = bench_session) -> int:
    """Runs the requested plan; returns the exit code of its worst failure.

    All input is checked before anything is measured.
    """
    if arguments.protocol is not None:
        from tinylab.cli.protocol import over_protocol

        return over_protocol(arguments)
    files = result_files(arguments.output, arguments.screenshot, arguments.picture_theme)
    for error in catalog.unusable():
        print_warning(error)
    before = baseline(arguments.baseline, arguments.max_regress)
    if arguments.save_baseline is not None:
        place(arguments.save_baseline)
    plan, pairs = planned(arguments)
    results = SessionResults(plan)

    def delivered(judged: tuple[Judgement, ...] = ()) -> list[OutputError]:
        arguments.delivered = True
        elsewhere = results.not_stored.remedy if results.not_stored else None
        kept = [replace(file, kept=elsewhere) if elsewhere else file for file in files]
        document = replace(results.document(), judged=judged)
        return deliver(document, arguments.format or "table", kept, profile=arguments.profile)

    with Store.open(paths.results_database()) as store:
        try:
            measure(results, store, session)
        except BaseException:  # a bug, or a second Ctrl-C
            if results.document().measured:
                delivered()
            raise
    if pairs:
        tell(pairs, results.document())
    judged, refused = judgement(before, results.document())
    codes = [results.exit_code, *(error.exit_code for error in delivered(judged)), told(judged)]
    if refused is not None:
        raise refused
    if arguments.save_baseline is not None:
        saved(arguments.save_baseline, results.document(), judged)
    return max(codes)


def planned(arguments: argparse.Namespace) -> tuple[Plan, Pairs]:
    """The requested plan, and the runs that it repeats. Raises InputError."""
    if arguments.like is None:
        return plan_of(arguments), ()
    return repeated(arguments.like, arguments)


def measure(results: SessionResults, store: Store, session: Session) -> None:
    """Runs the plan to its end, or until Ctrl-C has stopped it cleanly."""
    cancelled = threading.Event()
    store.begin_session()
    with (
        narrator(results.plan) as told,
        log_lines.shown_by(told.say),
        stopping(cancelled) as asked,
        streams.deferred(told.take) as tell,
    ):
        for event in session(results.plan, store, cancelled):
            results.take(event)
            tell(event)
            if asked.is_set():
                asked.clear()
                told.say("Stopping; measured samples are kept. Ctrl-C again stops immediately.")


@contextmanager
def stopping(cancelled: threading.Event) -> Iterator[threading.Event]:
    """Sets `cancelled` on the first Ctrl-C or SIGTERM; the second one interrupts at once.

    Yields an event that is set then: the handler itself prints nothing, because it may have
    interrupted a print.
    """
    asked = threading.Event()
    came = False

    def stop(_: int, frame: FrameType | None) -> None:
        nonlocal came
        if came:
            raise KeyboardInterrupt
        came = True
        asked.set()
        cancelled.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
