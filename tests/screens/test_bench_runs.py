"""Runs from the bench: what is shown while they go on, and what is left of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.scripted import Scripted, record_of
from tests.screens.stage import SIZES, Bench, play
from tinylab.bench.plan.events import Event, RunFinished, Samples, Stage, StageStarted
from tinylab.bench.plan.plan import Plan
from tinylab.errors import CompileError, LinkError
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.screens.dialogs import ConfirmDialog
from tinylab.screens.selection import StartRequest


@pytest.mark.parametrize("size", SIZES)
def test_the_whole_plan_fills_both_tables(size: tuple[int, int]) -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        text = bench.text
        assert "12/12 runs" in text.splitlines()[0]
        assert re.search(r"0.719 ms SIM +0.561 ms SIM +0.0940 ms SIM +0.0308 ms SIM", text)
        assert re.search(r"1,390 /s SIM +1,783 /s SIM +10,633 /s SIM +32,491 /s SIM", text)

    play(story, size=size)


def test_r_runs_the_model_on_the_station_under_the_cursors() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("s", "down", "m", "down", "r")
        await bench.ended()
        document = bench.app.bench.document
        assert document is not None
        runs = {(row.model, row.board, row.clock_hz) for row in document.rows}
        assert runs == {
            ("human_activity", "nucleo_h723zg", 180_000_000),
            ("human_activity", "nucleo_h723zg", 550_000_000),
        }

    play(story)


def test_results_of_one_session_stay_when_another_is_run() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("r")
        await bench.ended()
        await bench.press("m", "down", "r")
        await bench.ended()
        await bench.press("r")
        await bench.ended()
        document = bench.app.bench.document
        assert document is not None
        assert [row.model for row in document.rows] == ["house_price"] * 2 + ["human_activity"] * 2
        assert "0.719 ms SIM" in bench.text

    play(story)


def test_unticked_models_and_stations_are_left_out_of_the_plan() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("s", "enter", "m", "down", "enter")
        assert "[ ] sim:nucleo_wb55rg" in bench.text
        assert "[ ] human_activity" in bench.text
        await bench.run_all()
        document = bench.app.bench.document
        assert document is not None
        assert {row.board for row in document.rows} == {"nucleo_h723zg"}
        assert {row.model for row in document.rows} == {"house_price", "image_classification"}

    play(story)


def test_while_a_run_goes_on_everything_about_it_is_shown() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.sees("measure ▶")
        await bench.until(lambda: re.search(r"│ n +6 ", bench.text) is not None)
        assert "human_activity on sim:nucleo_wb55rg at 48 MHz" in bench.line("Live")
        stages = bench.line("load ✓")
        assert "load ✓ 0.2s  generate ✓ 0.2s  build ✓ 0.2s  flash ✓ 0.2s  measure ▶" in stages
        for name in ("last", "min", "median", "mean", "p95", "p99", "max", "stdev", "lost", "rate"):
            assert name in bench.text
        assert "warm-up: 1, shown as w, not counted" in bench.text
        assert re.search(r"└w+─+", bench.text)
        assert "2.56 ms ██" in bench.text, "the histogram"
        assert "measure 6  human_activity 48 MHz" in bench.line("▶ measure")
        assert "▶ 2.56 ms SIM" in bench.text, "the table fills while it is measured"
        assert "queued" in bench.text
        assert "▶ 2/12 runs   human_activity  n 6  med 2.56 ms" in bench.text

    play(story, Scripted(hold=2))


def test_a_stage_under_way_shows_how_far_it_is_and_its_log() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.sees("build ▶ 50%")
        assert "halfway" in bench.text
        await bench.press("l")
        await bench.sees("build: one.c")
        await bench.press("escape")
        await bench.sees("build ▶ 50%")

    play(story, Scripted(hold=0, hold_in=Stage.BUILD))


class Streaming:
    """Measures on until it is cancelled: a batch each time `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.total = 0

    def __call__(self, plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        [job] = plan.jobs
        yield StageStarted(job, Stage.MEASURE)
        while not cancelled.is_set():
            if self.go.wait(0.01):
                self.go.clear()
                self.total += 10
                yield Samples(job, self.total, np.full(10, 48_000, dtype=np.uint64), lost=3)
        yield RunFinished(job, record_of(job))


def test_space_freezes_the_view_and_not_the_measurement() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("r")
        session.go.set()
        await bench.sees("n 10 ", "measure 10 ")
        await bench.press("space")
        assert "FROZEN" in bench.line("Live")
        session.go.set()
        await bench.sees("measure 20 ")
        assert re.search(r"│ n +10 ", bench.text), "the live view stands"
        assert re.search(r"lost +3 ", bench.text)
        await bench.press("space")
        assert "FROZEN" not in bench.text
        assert re.search(r"│ n +20 ", bench.text)

    session = Streaming()
    play(story, session, StartRequest(on=("sim:nucleo_wb55rg@48",)))


def test_escape_stops_and_keeps_what_was_measured(home: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.press("escape")
        await bench.ended()
        assert "stopped" in bench.text
        await bench.press("m", "r")
        await bench.ended()

    session = Scripted(hold=5)
    document = play(story, session).bench.document
    assert document is not None
    assert len(document.rows) == 5
    assert document.failures == ()
    with Store.open(home / "data" / "results.sqlite") as store:
        states = [run.state for run in reversed(store.recent(8))]
    assert states == [RunState.DONE] * 5 + [RunState.INTERRUPTED] + [RunState.DONE] * 2


def test_quitting_in_mid_run_asks_and_n_goes_on() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        await bench.press("q")
        assert isinstance(bench.app.screen, ConfirmDialog)
        assert "Stop it and quit?" in bench.text
        await bench.press("n")
        assert bench.app.bench.running
        await bench.press("q", "y")
        await bench.until(lambda: not bench.app.is_running)

    session = Scripted(hold=5)
    document = play(story, session).bench.document
    assert document is not None
    assert document.interrupted
    assert len(document.rows) == 5


def test_quitting_a_quiet_bench_asks_nothing() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("q")
        await bench.until(lambda: not bench.app.is_running)

    assert play(story).bench.document is None


def test_p_lays_the_published_figures_beside_ours_and_hides_them_again() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        assert "1.35 ms" not in bench.text
        await bench.press("p")
        assert re.search(r"published +1.35 ms +1.08 ms +0.20 ms +0.06 ms", bench.text)
        assert "0.719 ms SIM" in bench.text
        await bench.press("p")
        assert "1.35 ms" not in bench.text

    play(story)


def test_failed_runs_end_in_one_dialog_that_can_be_copied() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        assert "2 runs failed" in bench.text
        assert "human_activity on sim:nucleo_wb55rg at 48 MHz" in bench.trouble
        assert "The board stopped answering.\nUnplug it." in bench.trouble
        assert "main.c:3: error" in bench.trouble
        await bench.press("c")
        assert bench.app.clipboard == bench.trouble
        await bench.press("escape")
        assert bench.text.count("failed SIM") == 4
        assert "✗ 2 failed" in bench.text.splitlines()[0]

    link = LinkError("The board stopped answering.", remedy="Unplug it.")
    build = CompileError("It does not compile.", remedy="Mend it.", details="main.c:3: error")
    play(story, Scripted(failing={2: link, 3: build}))


def test_a_failed_stage_says_what_to_do() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("r")
        await bench.ended()
        await bench.press("escape")
        assert "✗ The board stopped answering." in bench.text
        assert "Unplug it." in bench.text

    error = LinkError("The board stopped answering.", remedy="Unplug it.")
    play(story, Scripted(failing={0: error}), StartRequest(on=("sim:nucleo_wb55rg@48",)))


def test_a_second_run_waits_for_the_first() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("R")
        await bench.until(session.holding.is_set)
        live = bench.app.bench.sessions.live
        await bench.press("r")
        await bench.sees("A session is running; esc stops it.")
        assert bench.app.bench.sessions.live is live

    session = Scripted(hold=0)
    play(story, session)


def test_nothing_ticked_cannot_be_run() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("s", "enter", "down", "enter", "R")
        assert "No station is ticked." in bench.trouble
        assert "Enter on a station ticks it" in bench.trouble
        await bench.press("escape", "enter", "r")
        await bench.ended()
        assert "30.8 µs SIM" in bench.text

    play(story)


def test_a_bug_in_a_session_is_told_and_the_bench_goes_on() -> None:
    def broken(plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        raise ZeroDivisionError("by hand")
        yield

    async def story(bench: Bench) -> None:
        await bench.run_all()
        assert "Internal error in tinylab: ZeroDivisionError: by hand." in bench.trouble
        assert "Traceback" in bench.trouble
        await bench.press("escape", "t")
        assert bench.app.is_running

    play(story, broken)
