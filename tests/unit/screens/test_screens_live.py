"""A running session as the screen sees it, fed event by event with a clock that stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.fakes.records import record
from tinylab.bench.plan.events import (
    RunFailed,
    RunFinished,
    SampleRun,
    Samples,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)
from tinylab.bench.plan.plan import Job, Options, make_plan, parse_station
from tinylab.errors import BuildError, ExitCode, Interrupted, MeasurementError
from tinylab.export.table import Running
from tinylab.results.record import Failure
from tinylab.screens.live import LOG_LINES, WARMUP_SHOWN, LiveSession, LiveView, StageState
from tinylab.screens.widgets.live_pane import over_samples

WB, H7 = "sim:nucleo_wb55rg", "sim:nucleo_h723zg"


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@dataclass
class Scene:
    """house_price on two stations, the first of them at two clocks."""

    now: float = 100.0
    live: LiveSession = field(init=False)

    def __post_init__(self) -> None:
        stations = [parse_station(f"{WB}@48,64"), parse_station(f"{H7}@48")]
        plan = make_plan(["house_price"], stations, Options())
        self.live = LiveSession(plan, clock=lambda: self.now)
        self.slow, self.fast, self.other = plan.jobs

    def begin(self, job: Job, stage: Stage) -> None:
        for before in Stage:
            self.live.take(StageStarted(job, before))
            if before is stage:
                return
            self.live.take(StageFinished(job, before, 0.25))

    def view(self, key: str | None = WB) -> LiveView:
        view = self.live.view(key)
        assert view is not None
        return view

    def stages(self, key: str = WB) -> dict[Stage, tuple[StageState, float]]:
        return {one.stage: (one.state, one.seconds) for one in self.view(key).stages}

    def line(self, key: str = WB) -> str:
        return next(one.text for one in self.live.snapshot().stations if one.key == key)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_before_the_first_event_stations_are_being_opened_and_nothing_is_on_view(
    scene: Scene,
) -> None:
    snapshot = scene.live.snapshot()
    assert [(one.key, one.working) for one in snapshot.stations] == [(WB, True), (H7, True)]
    assert scene.line() == "opening the station"
    assert (snapshot.done, snapshot.failed, snapshot.total) == (0, 0, 3)
    assert [entry.outcome for entry in snapshot.entries] == ["queued"] * 3
    assert scene.live.view(WB) is None
    assert scene.live.log(WB) == ()


def test_stages_wait_run_and_are_done_each_with_its_seconds(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.BUILD)
    scene.now += 1.5
    scene.live.take(StageProgress(scene.slow, Stage.BUILD, 0.45, "compiling dense.c"))
    assert scene.stages() == {
        Stage.LOAD: (StageState.DONE, 0.25),
        Stage.GENERATE: (StageState.DONE, 0.25),
        Stage.BUILD: (StageState.RUNNING, 1.5),
        Stage.FLASH: (StageState.WAITING, 0.0),
        Stage.MEASURE: (StageState.WAITING, 0.0),
    }
    assert scene.view().doing == "compiling dense.c"
    assert scene.line() == "build 45%  house_price 48 MHz"
    scene.live.take(StageFinished(scene.slow, Stage.BUILD, 1.5))
    scene.live.take(StageStarted(scene.slow, Stage.FLASH))
    scene.now += 9
    assert scene.stages()[Stage.BUILD] == (StageState.DONE, 1.5)
    assert scene.stages()[Stage.FLASH] == (StageState.RUNNING, 9.0)
    assert scene.view().doing == ""


def test_a_failure_marks_the_stage_it_happened_in(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.BUILD)
    scene.now += 2
    error = BuildError("It does not link.")
    scene.live.take(RunFailed(scene.slow, error))
    scene.now += 60
    assert scene.stages()[Stage.GENERATE] == (StageState.DONE, 0.25)
    assert scene.stages()[Stage.BUILD] == (StageState.FAILED, 2.0)
    assert scene.stages()[Stage.FLASH] == (StageState.WAITING, 0.0)
    assert scene.view().error is error
    assert scene.view().ended
    assert [failed.error for failed in scene.live.failures] == [error]
    snapshot = scene.live.snapshot()
    assert (snapshot.done, snapshot.failed, snapshot.stopped) == (0, 1, 0)
    assert [one.working for one in snapshot.stations] == [False, True]


def test_the_warm_up_is_shown_and_left_out_of_the_statistics(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    assert scene.view().doing == "warming up"
    scene.live.take(Samples(scene.slow, 2, counts(9_000, 5_000), warmup=True))
    assert scene.view().stats is None
    assert scene.line() == "warm-up 2  house_price 48 MHz"
    scene.live.take(Samples(scene.slow, 3, counts(100, 101, 102)))
    view = scene.view()
    assert view.stats is not None
    assert (view.stats.n, view.stats.max, view.stats.median) == (3, 102, 101.0)
    assert view.warmup.tolist() == [9_000, 5_000]
    assert view.cycles.tolist() == [100, 101, 102]
    assert view.doing == ""
    assert scene.line() == "measure 3  house_price 48 MHz"


def test_a_long_warm_up_is_counted_to_its_end(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    for total in range(1_000, 3_001, 1_000):
        scene.live.take(Samples(scene.slow, total, counts(*range(1_000)), warmup=True))
    assert scene.line() == "warm-up 3,000  house_price 48 MHz"
    assert scene.view().warmup.size == WARMUP_SHOWN


def test_lost_samples_and_remarks_are_told(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 2, counts(7, 7), lost=5))
    scene.live.take(Warned(scene.slow, "first"))
    scene.live.take(Warned(scene.slow, "second"))
    assert scene.view().lost == 5
    assert scene.view().notes == ("first", "second")


def test_twenty_thousand_samples_in_batches_are_all_counted(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    for first in range(0, 20_000, 125):
        batch = np.arange(first, first + 125, dtype=np.uint64)
        scene.live.take(Samples(scene.slow, first + 125, batch))
    view = scene.view()
    assert view.stats is not None
    assert (view.stats.n, view.stats.min, view.stats.max) == (20_000, 0, 19_999)
    assert view.stats.mean == pytest.approx(9_999.5)
    assert view.cycles.tolist() == list(range(19_000, 20_000))
    assert scene.line() == "measure 20,000  house_price 48 MHz"


def test_only_the_cell_that_is_measured_shows_its_median(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    assert [entry.outcome for entry in scene.live.snapshot().entries] == ["…", "queued", "queued"]
    scene.live.take(Samples(scene.slow, 3, counts(100, 300, 200)))
    outcomes = [entry.outcome for entry in scene.live.snapshot().entries]
    assert outcomes == [Running(200.0), "queued", "queued"]
    made = record()
    scene.live.take(RunFinished(scene.slow, made))
    outcomes = [entry.outcome for entry in scene.live.snapshot().entries]
    assert outcomes == [made, "queued", "queued"]
    assert scene.live.document().rows == (made,)


def test_the_next_run_of_a_station_begins_afresh(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 2, counts(100, 100), lost=1))
    scene.live.take(Warned(scene.slow, "note"))
    scene.live.take(StageProgress(scene.slow, Stage.BUILD, 1.0, output="a.c"))
    scene.live.take(RunFinished(scene.slow, record()))
    scene.begin(scene.fast, Stage.LOAD)
    view = scene.view()
    assert view.job == scene.fast
    assert (view.stats, view.lost, view.notes, view.record, view.ended) == (
        None,
        0,
        (),
        None,
        False,
    )
    assert scene.line() == "load  house_price 64 MHz"


def test_each_station_has_its_view_and_another_key_shows_one_that_works(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 1, counts(100)))
    scene.begin(scene.other, Stage.BUILD)
    scene.live.take(StageProgress(scene.slow, Stage.BUILD, 1.0, output="wb"))
    scene.live.take(StageProgress(scene.other, Stage.BUILD, 0.5, output="h7"))
    assert scene.view(WB).job == scene.slow
    assert scene.view(H7).job == scene.other
    assert scene.view(H7).stats is None
    assert scene.view("nucleo_wb55rg#1").job == scene.slow
    scene.live.take(RunFinished(scene.slow, record()))
    assert scene.view(WB).job == scene.slow
    for idle in ("nucleo_wb55rg#1", None):
        assert scene.view(idle).job == scene.other
        assert scene.live.log(idle)[-1] == "h7"
        assert "wb" not in scene.live.log(idle)
    scene.live.take(RunFailed(scene.other, BuildError("no")))
    assert scene.view(None).job == scene.slow


def test_the_build_log_goes_on_from_run_to_run_under_their_names(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.BUILD)
    scene.live.take(StageProgress(scene.slow, Stage.BUILD, 1.0, output="a.c"))
    scene.live.take(RunFinished(scene.slow, record()))
    scene.begin(scene.fast, Stage.LOAD)
    assert scene.live.log(WB) == ("── house_price at 48 MHz", "a.c")
    scene.begin(scene.fast, Stage.BUILD)
    scene.live.take(StageProgress(scene.fast, Stage.BUILD, 1.0, output="b.c"))
    assert scene.live.log(WB)[2:] == ("── house_price at 64 MHz", "b.c")


def test_the_build_log_keeps_what_tools_print_and_the_latest_of_it(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.BUILD)
    scene.live.take(StageProgress(scene.slow, Stage.BUILD, 0.1, "compiling"))
    for number in range(LOG_LINES + 5):
        scene.live.take(StageProgress(scene.slow, Stage.BUILD, 0.5, output=f"line {number}"))
    lines = scene.live.log(WB)
    assert (len(lines), lines[0], lines[-1]) == (LOG_LINES, "line 5", f"line {LOG_LINES + 4}")


def test_stopped_runs_count_as_stopped_and_the_one_under_way_stays_on_view(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 2, counts(100, 100)))
    for job in (scene.slow, scene.fast, scene.other):
        scene.live.take(RunFailed(job, Interrupted("Stopped.")))
    assert scene.live.failures == ()
    snapshot = scene.live.snapshot()
    assert (snapshot.done, snapshot.failed, snapshot.stopped) == (0, 0, 3)
    for entry in snapshot.entries:
        assert isinstance(entry.outcome, Failure)
        assert entry.outcome.error.exit_code == ExitCode.INTERRUPTED
    assert scene.view(WB).job == scene.slow
    assert scene.view(WB).stats is not None
    document = scene.live.document()
    assert (document.interrupted, document.failures) == (True, ())


def test_an_invalid_run_keeps_its_figures_and_says_why(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    made, error = record(valid=False), MeasurementError("The output is wrong.")
    scene.live.take(RunFailed(scene.slow, error, made))
    assert (scene.view().record, scene.view().error) == (made, error)
    assert scene.live.document().rows == (made,)
    assert scene.live.document().failures == ()


def test_measuring_once_more_over_another_link_begins_with_no_samples(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 1, counts(90), warmup=True))
    scene.live.take(Samples(scene.slow, 3, counts(10, 20, 30), lost=5))
    assert scene.view().stats is not None
    scene.live.take(StageStarted(scene.slow, Stage.MEASURE))
    view = scene.view()
    assert (view.stats, view.first, view.lost, view.warmup_total) == (None, None, 0, 0)
    scene.live.take(Samples(scene.slow, 2, counts(11, 11)))
    stats = scene.view().stats
    assert stats is not None
    assert stats.n == 2


def test_a_persons_samples_are_on_view_with_what_they_say_about_the_time(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 4, counts(1_000, 1_000, 1_010, 1_000)))
    assert list(over_samples(scene.view())) == []
    for number, cycles in enumerate((1_000, 1_200, 0), start=1):
        told = f"sample {number} of 5"
        scene.live.take(
            SampleRun(
                scene.slow, Stage.MEASURE, number / 5, told, number=number, count=5, cycles=cycles
            )
        )
    view = scene.view()
    assert view.each.tolist() == [1_000, 1_200, 0]
    assert view.doing == "sample 3 of 5"
    assert list(over_samples(view)) == [
        "Drawn: 3 of 5 samples. Figures: sample 1, 4 times.",
        "fastest 20.8 µs (sample 1)  slowest 25.0 µs (sample 2)",
        "median 22.9 µs  σ 13 % between samples, 0.45 % within sample 1 (4 times)",
    ]
    scene.live.take(StageStarted(scene.slow, Stage.MEASURE))  # once more, over another link
    assert scene.view().each.size == 0


def test_samples_that_all_take_the_same_time_are_told_so(scene: Scene) -> None:
    scene.begin(scene.slow, Stage.MEASURE)
    scene.live.take(Samples(scene.slow, 2, counts(4_800, 4_800)))
    for number in (1, 2):
        scene.live.take(
            SampleRun(scene.slow, Stage.MEASURE, number / 2, number=number, count=2, cycles=4_800)
        )
    assert "Each sample takes 4,800 cycles." in over_samples(scene.view())
