"""Whole sessions on a board that plays a real one: pulled out, plugged in again, stopped."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.fakes.stations import plugged, trust_the_clock_of, wait_until
from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    RunFinished,
    Samples,
    Stage,
    StageProgress,
    StageStarted,
)
from tinylab.bench.plan.plan import Options, StationRequest, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.bench.station.station import open_station
from tinylab.boards.catalog import by_name
from tinylab.errors import Interrupted, LinkError, StationError, TinylabError
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.sim.cycles import precompile
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.zoo.processes import loading_process

WB = by_name("nucleo_wb55rg")
FOREVER = Options(inferences=1_000_000)
SHORT = Options(inferences=5)


@dataclass
class Lab:
    """A Nucleo-WB55 that counts as real, and the results of its sessions."""

    bus: VirtualBus
    device: VirtualStLink
    store: Store
    cancelled: threading.Event = field(default_factory=threading.Event)

    def session(
        self,
        options: Options,
        clocks: tuple[int, ...] = (64_000_000,),
        model: str = "house_price",
        watch: Callable[[Event], None] = lambda event: None,
    ) -> list[RunFinished | RunFailed]:
        """How each job ended; `watch` is called with every event."""
        serial = self.device.descriptor.serial_number
        station = StationRequest(WB.name, serial=serial, clocks_hz=clocks)
        self.cancelled.clear()
        ends = []
        plan = make_plan([model], [station], options)
        for event in run(plan, store=self.store, cancelled=self.cancelled, bus=self.bus):
            watch(event)
            if isinstance(event, RunFinished | RunFailed):
                ends.append(event)
        return ends

    def works(self) -> bool:
        [end] = self.session(SHORT)
        return isinstance(end, RunFinished)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    bus = VirtualBus()
    with plugged(bus, WB) as device, Store.open(tmp_path / "results.sqlite") as store:
        trust_the_clock_of(device, monkeypatch)
        yield Lab(bus, device, store)


def error_of(end: RunFinished | RunFailed) -> TinylabError:
    assert isinstance(end, RunFailed)
    return end.error


def test_a_whole_session_on_a_board_that_plays_a_real_one(lab: Lab) -> None:
    [end] = lab.session(SHORT)
    assert isinstance(end, RunFinished)
    assert end.record.simulated is False
    assert end.record.serial == lab.device.descriptor.serial_number
    assert end.record.cycles.n == 5
    assert end.record.warmup == 10


def test_unplugged_in_mid_measurement(lab: Lab) -> None:
    """Later jobs fail at once: nothing is loaded or built for a board that is gone."""
    begun: set[int] = set()

    def pull(event: Event) -> None:
        if isinstance(event, StageStarted):
            begun.add(event.job.clock_hz)
        if isinstance(event, Samples) and not event.warmup and lab.bus.devices:
            lab.bus.unplug(lab.device)

    first, later = (
        error_of(end) for end in lab.session(FOREVER, (48_000_000, 64_000_000), watch=pull)
    )
    assert isinstance(first, LinkError)
    assert isinstance(later, LinkError)
    assert begun == {48_000_000}
    serial = lab.device.descriptor.serial_number
    for error in (first, later):
        assert f"Probe {serial} was unplugged" in error.message
        assert "plug the probe in again" in error.remedy
    newest, oldest = lab.store.recent()
    assert oldest.state is RunState.INTERRUPTED
    assert f"Probe {serial} was unplugged" in oldest.message
    assert oldest.samples > 0
    assert newest.samples == 0

    [end] = lab.session(SHORT)
    assert isinstance(error_of(end), StationError)
    assert "is not attached" in error_of(end).message
    lab.bus.plug(lab.device)
    assert lab.works()


def test_unplugged_and_plugged_in_again_at_once(lab: Lab) -> None:
    """The connection is lost all the same; the next session gets a new one."""

    def pull(event: Event) -> None:
        if isinstance(event, Samples) and not pulled:
            pulled.append(True)
            lab.bus.unplug(lab.device)
            lab.bus.plug(lab.device)

    pulled: list[bool] = []
    [end] = lab.session(FOREVER, watch=pull)
    assert isinstance(error_of(end), LinkError)
    assert lab.works()


def begins(stage: Stage) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StageStarted) and event.stage is stage


def is_half_flashed(event: Event) -> bool:
    return isinstance(event, StageProgress) and event.stage is Stage.FLASH and event.fraction > 0.5


def is_warmup(event: Event) -> bool:
    return isinstance(event, Samples) and event.warmup


def is_sample(event: Event) -> bool:
    return isinstance(event, Samples) and not event.warmup


@pytest.mark.parametrize(
    "when",
    [*map(begins, Stage), is_half_flashed, is_warmup, is_sample],
    ids=[*Stage, "half flashed", "warm-up", "sample"],
)
def test_stopped_in_any_stage_the_board_goes_on_working(
    lab: Lab, when: Callable[[Event], bool]
) -> None:
    def stop(event: Event) -> None:
        if when(event):
            lab.cancelled.set()

    ends = lab.session(FOREVER, (48_000_000, 64_000_000), "image_classification", watch=stop)
    assert [type(error_of(end)) for end in ends] == [Interrupted, Interrupted]
    assert {stored.state for stored in lab.store.recent()} == {RunState.INTERRUPTED}
    assert lab.works()


def test_stopped_while_one_station_loads_and_another_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both come out, and the process that loads is gone."""
    note = tmp_path / "pid"
    script = (
        "import os, pathlib, time; "
        f"pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)"
    )
    monkeypatch.setattr(loading_process, "COMMAND", (sys.executable, "-c", script))
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    stations = [parse_station(text) for text in ("sim:nucleo_wb55rg@64", "sim:nucleo_h723zg@64")]
    cancelled = threading.Event()
    loading: set[StationRequest] = set()
    ends: list[RunFinished | RunFailed] = []
    with Store.open(tmp_path / "results.sqlite") as store:
        plan = make_plan(["house_price"], stations, SHORT)
        for event in run(plan, store=store, cancelled=cancelled):
            if isinstance(event, StageStarted):
                loading.add(event.job.station)
            if len(loading) == 2 and not cancelled.is_set():
                wait_until(lambda: note.exists() and note.read_text() != "")
                cancelled.set()
            if isinstance(event, RunFinished | RunFailed):
                ends.append(event)
    assert [type(error_of(end)) for end in ends] == [Interrupted, Interrupted]
    assert not psutil.pid_exists(int(note.read_text()))


def test_stopped_while_a_virtual_boards_model_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the compiler, it is gone, and the next session works."""
    note = tmp_path / "pid"
    script = (
        "import os, pathlib, time; "
        f"pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)"
    )
    plan = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@48,64")], SHORT)
    cancelled = threading.Event()

    def stop() -> None:
        wait_until(lambda: note.exists() and note.read_text() != "")
        cancelled.set()

    with Store.open(tmp_path / "results.sqlite") as store:
        with monkeypatch.context() as cold:
            cold.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
            cold.setattr(precompile, "COMMAND", (sys.executable, "-c", script))
            stopper = threading.Thread(target=stop)
            stopper.start()
            events = list(run(plan, store=store, cancelled=cancelled))
            stopper.join()
        [begun, *_] = [event for event in events if isinstance(event, StageProgress)]
        assert (begun.stage, begun.fraction) == (Stage.LOAD, 0.0)
        assert "compiling the Cortex-M4 cycle model" in begun.text
        ends = [event for event in events if isinstance(event, RunFinished | RunFailed)]
        assert [type(error_of(end)) for end in ends] == [Interrupted, Interrupted]
        assert not psutil.pid_exists(int(note.read_text()))
        assert store.recent() == []
        cancelled.clear()
        after = list(run(plan, store=store, cancelled=cancelled))
    assert sum(isinstance(event, RunFinished) for event in after) == 2


def test_a_virtual_board_is_not_put_on_the_bus_of_the_real_ones(lab: Lab) -> None:
    with open_station(parse_station("sim:nucleo_wb55rg"), lab.bus) as station:
        assert station.serial != lab.device.descriptor.serial_number
        assert lab.bus.devices == (lab.device,)
