"""Simulates a model on boards, with every type and optimisation, at the clocks that matter."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinylab.bench.choosing.document import AtClock, Candidate, Meets
from tinylab.bench.choosing.verdicts import lowest, meets
from tinylab.bench.plan.plan import Job, Options, StationRequest, make_plan
from tinylab.bench.session.session_results import SessionResults, bench_session
from tinylab.boards.board import Board
from tinylab.boards.clock_steps import clock_steps
from tinylab.errors import Interrupted
from tinylab.results.error_record import ErrorRecord
from tinylab.results.record import Failure, RunRecord
from tinylab.results.store import Store

Outcome = RunRecord | Failure


@dataclass(frozen=True)
class Wanted:
    """What is searched for; `margin` is relative."""

    models: tuple[str, ...]
    goals: tuple[str, ...]
    deadline_s: float
    margin: float


def search(
    boards: Sequence[Board],
    wanted: Wanted,
    options: Options,
    cancelled: threading.Event,
    tell: Callable[[str], None],
) -> Iterator[Candidate]:
    """Every candidate; `tell` gets a line for each board and goal. The runs are not kept.

    Raises UnknownName and InputError for a model that cannot be used, Interrupted.
    """
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "runs") as store:
        for board in boards:
            for goal in wanted.goals:
                tell(f"{board.name}, {goal}")
                found = _outcomes(board, goal, wanted, options, store, cancelled)
                for model in wanted.models:
                    these = [pair for pair in found if pair[0].model == model]
                    yield _candidate(board, goal, these, wanted)


def _outcomes(
    board: Board,
    goal: str,
    wanted: Wanted,
    options: Options,
    store: Store,
    cancelled: threading.Event,
) -> list[tuple[Job, Outcome]]:
    tops = tuple(float(step.highest_hz) for step in clock_steps(board))
    request = StationRequest(board.name, simulated=True, clocks_hz=tops)
    plan = make_plan(wanted.models, [request], replace(options, optimize=goal))
    results = SessionResults(plan)
    store.begin_session()
    for event in bench_session(plan, store, cancelled):
        results.take(event)
    if cancelled.is_set():
        raise Interrupted("Stopped; nothing of the search was kept.")
    entries = results.entries()
    return [
        (job, entry.outcome)
        for job, entry in zip(plan.jobs, entries, strict=True)
        if isinstance(entry.outcome, RunRecord | Failure)
    ]


def _candidate(
    board: Board, goal: str, found: Sequence[tuple[Job, Outcome]], wanted: Wanted
) -> Candidate:
    rows = [one for _, one in found if isinstance(one, RunRecord) and one.valid]
    failed = [one for _, one in found if isinstance(one, Failure)]
    made = Candidate(
        model=found[0][0].model,
        board=board.name,
        core=board.core.value,
        optimize=goal,
        number_type=rows[0].identity.number_type if rows else None,
        expected_error_percent=board.expected_error_percent,
        flash_bytes=rows[0].flash_bytes if rows else None,
        flash_available=board.flash.size,
        ram_bytes=rows[0].ram_bytes if rows else None,
        ram_available=sum(memory.size for memory in board.ram),
        sweep=tuple(_at(row) for row in rows),
        fastest=None,
        lowest=None,
        margin_percent=None,
        meets=Meets.UNKNOWN,
        error=failed[0].error if failed else _invalid(found),
    )
    if not rows:
        return made
    fastest = min(made.sweep, key=lambda one: one.time_s)
    percent = board.expected_error_percent
    error = percent / 100 if percent is not None else None
    allowed = wanted.deadline_s * min(1 - wanted.margin, 1 / (1 + (error or 0.0)))
    return replace(
        made,
        error=None,
        fastest=fastest,
        lowest=lowest(clock_steps(board), made.sweep, allowed),
        margin_percent=100 * (1 - fastest.time_s / wanted.deadline_s),
        meets=meets(fastest.time_s, wanted.deadline_s, wanted.margin, error),
    )


def _at(row: RunRecord) -> AtClock:
    cycles = row.cycles.median
    return AtClock(row.clock_hz, row.wait_states, cycles, cycles / row.clock_hz)


def _invalid(found: Sequence[tuple[Job, Outcome]]) -> ErrorRecord | None:
    """Of a run that was measured, but not validly."""
    problems = (one.problems for _, one in found if isinstance(one, RunRecord) and not one.valid)
    return next((each[0] for each in problems if each), None)
