"""Several boards on one bus: they work at the same time and fill one table together."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.fakes.assembled_core import assemble
from tests.fakes.rivals import rival
from tests.fakes.stations import plugged, trust_the_clocks_of
from tinylab.bench.plan.events import Event, RunFailed, RunFinished, Samples, Stage, StageStarted
from tinylab.bench.plan.plan import Options, Plan, make_plan, parse_station
from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare import image_pipeline
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.bench.session.session import run
from tinylab.bench.session.session_results import SessionResults
from tinylab.bench.station import station as bench_station
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name
from tinylab.cli.arguments import parse
from tinylab.cli.main import main
from tinylab.cli.request import plan_of
from tinylab.errors import ExitCode, Interrupted, LinkError, NoPermission, StationError
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.sim.cycles.decoding.decode import decode_block
from tinylab.sim.machine import Machine
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.stats.cycles import summarize

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
SHORT = Options(inferences=3)
FOREVER = Options(inferences=1_000_000)
PATIENCE_S = 120


@dataclass
class Lab:
    """Two Nucleo-WB55 and a Nucleo-H723 that count as real, and the results of sessions."""

    bus: VirtualBus
    wb: VirtualStLink
    twin: VirtualStLink
    h7: VirtualStLink
    store: Store
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def labels(self) -> list[str]:
        """As `--on` takes them, in an order that is not the bus's."""
        return [f"{one.board.name}#{serial_of(one)}" for one in (self.h7, self.twin, self.wb)]

    def plan(
        self, options: Options = SHORT, clocks: str = "64", models: tuple[str, ...] = ()
    ) -> Plan:
        stations = [parse_station(f"{label}@{clocks}") for label in self.labels]
        return make_plan(models or ("house_price",), stations, options)

    def session(
        self, plan: Plan, watch: Callable[[Event], None] = lambda event: None
    ) -> SessionResults:
        self.cancelled.clear()
        results = SessionResults(plan)
        for event in run(plan, store=self.store, cancelled=self.cancelled, bus=self.bus):
            results.take(event)
            watch(event)
        return results


def serial_of(device: VirtualStLink) -> str:
    return device.descriptor.serial_number


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("TINYLAB_STATE_DIR", str(tmp_path / "state"))
    bus = VirtualBus()
    with ExitStack() as desk:
        boards = [(WB, 0), (WB, 1), (H7, 0)]
        wb, twin, h7 = [desk.enter_context(plugged(bus, *board)) for board in boards]
        trust_the_clocks_of([wb, twin, h7], monkeypatch)
        store = desk.enter_context(Store.open(tmp_path / "results.sqlite"))
        yield Lab(bus, wb, twin, h7, store)


def all_meet_when_flashing(parties: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's first flashing begins before all the others' does; fails when they never meet."""
    meeting = threading.Barrier(parties)
    met: set[str] = set()
    honest = bench_station.program

    def flash(connection: bench_station.Connection, *more: Any, **options: Any) -> None:
        if connection.unique_id not in met:
            met.add(connection.unique_id)
            meeting.wait(PATIENCE_S)
        honest(connection, *more, **options)

    monkeypatch.setattr(bench_station, "program", flash)


def test_boards_work_at_the_same_time_and_fill_one_table_in_the_plans_order(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them are of one kind, and build the same image."""
    all_meet_when_flashing(3, monkeypatch)
    generated: list[str] = []
    honest = image_pipeline._prepare

    def counted(workload: Workload, *others: Any) -> PreparedNetwork:
        generated.append(workload.model)
        return honest(workload, *others)

    monkeypatch.setattr(image_pipeline, "_prepare", counted)
    plan = lab.plan(clocks="48,64", models=("house_price", "human_activity"))
    order: list[tuple[str | None, Stage]] = []

    def watch(event: Event) -> None:
        if isinstance(event, StageStarted):
            order.append((event.job.serial, event.stage))

    results = lab.session(plan, watch)
    rows = results.document().rows
    asked = [(job.model, job.serial, job.clock_hz) for job in plan.jobs]
    assert [(row.model, row.serial, row.clock_hz) for row in rows] == asked
    assert len(rows) == 12
    assert results.exit_code == ExitCode.OK
    flashing = {order.index((serial_of(one), Stage.FLASH)) for one in (lab.wb, lab.twin, lab.h7)}
    measuring = min(i for i, (_, stage) in enumerate(order) if stage is Stage.MEASURE)
    assert max(flashing) < measuring, "all were being flashed before the first one measured"
    assert sorted(generated) == 2 * ["house_price"] + 2 * ["human_activity"]
    same = {(row.model, row.clock_hz): row for row in rows if row.serial == serial_of(lab.wb)}
    for row in rows:
        if row.serial == serial_of(lab.twin):
            assert row.cycles == same[row.model, row.clock_hz].cycles
            assert row.elf_sha256 == same[row.model, row.clock_hz].elf_sha256


def test_every_sample_is_kept_with_the_run_it_belongs_to(lab: Lab) -> None:
    """Cycles depend on board, clock and network, so that a mix-up would show."""
    plan = lab.plan(clocks="48,64", models=("house_price", "human_activity"))
    results = lab.session(plan)
    kept = {(run.model, run.serial, run.clock_hz): run for run in lab.store.recent()}
    assert len(kept) == len(plan.jobs) == 12
    for row in results.document().rows:
        stored = kept[row.model, str(row.serial), row.clock_hz]
        samples = lab.store.samples(stored.id)
        assert stored.state is RunState.DONE
        assert stored.record == row
        assert samples.size == stored.samples == 3
        assert summarize(samples) == row.cycles
    assert len({row.cycles for row in results.document().rows}) > 6


def test_one_boards_samples_come_while_another_one_measures(lab: Lab) -> None:
    """None of the three ends by itself, and yet each gives samples."""
    heard: dict[str | None, list[np.uint64]] = {}

    def watch(event: Event) -> None:
        if isinstance(event, Samples) and not event.warmup:
            heard.setdefault(event.job.serial, []).extend(event.recent)
        if len(heard) == 3:
            lab.cancelled.set()

    results = lab.session(lab.plan(FOREVER), watch)
    assert set(heard) == {serial_of(one) for one in (lab.wb, lab.twin, lab.h7)}
    assert results.exit_code == ExitCode.INTERRUPTED
    for stored in lab.store.recent():
        assert stored.state is RunState.INTERRUPTED
        kept = lab.store.samples(stored.id)
        assert kept[: len(heard[stored.serial])].tolist() == heard[stored.serial]


def test_pulling_one_board_out_leaves_the_others_going(lab: Lab) -> None:
    plan = lab.plan(clocks="48,64")
    gone = serial_of(lab.twin)

    def pull(event: Event) -> None:
        if event.job.serial == gone and lab.twin in lab.bus.devices:
            lab.bus.unplug(lab.twin)

    results = lab.session(plan, pull)
    failed = results.failures()
    assert [failure.job.serial for failure in failed] == [gone, gone]
    for failure in failed:
        assert isinstance(failure.error, LinkError)
        assert f"Probe {gone} was unplugged" in failure.error.message
    rows = results.document().rows
    assert [row.serial for row in rows] == 2 * [serial_of(lab.h7)] + 2 * [serial_of(lab.wb)]
    assert all(row.valid for row in rows)
    assert results.exit_code == ExitCode.LINK


def test_a_board_that_cannot_be_opened_leaves_the_others_going(lab: Lab) -> None:
    lab.twin.powered = False
    results = lab.session(lab.plan())
    [failure] = results.failures()
    assert failure.job.serial == serial_of(lab.twin)
    assert isinstance(failure.error, StationError)
    assert len(results.document().rows) == 2


def test_fail_fast_stops_the_other_boards_too(lab: Lab) -> None:
    """One cannot be opened; those that would measure for ever end all the same."""
    lab.twin.denied = True
    ends: dict[str | None, type] = {}

    def watch(event: Event) -> None:
        if isinstance(event, RunFailed | RunFinished):
            ends[event.job.serial] = type(getattr(event, "error", None))

    options = Options(inferences=1_000_000, fail_fast=True)
    results = lab.session(lab.plan(options), watch)
    assert ends == {
        serial_of(lab.twin): NoPermission,
        serial_of(lab.wb): Interrupted,
        serial_of(lab.h7): Interrupted,
    }
    assert results.exit_code == ExitCode.STATION


def test_fail_fast_when_a_run_fails(lab: Lab) -> None:
    """The others are measuring by then, and what they have is kept."""
    measuring: set[str | None] = set()

    def pull(event: Event) -> None:
        if isinstance(event, Samples):
            measuring.add(event.job.serial)
        if len(measuring) == 3 and lab.twin in lab.bus.devices:
            lab.bus.unplug(lab.twin)

    options = Options(inferences=1_000_000, fail_fast=True)
    results = lab.session(lab.plan(options, "48,64"), pull)
    first, *_ = results.failures()
    assert first.job.serial == serial_of(lab.twin)
    assert results.done == 6
    assert results.exit_code == ExitCode.LINK
    states = {run.serial: run for run in lab.store.recent() if run.clock_hz == 48_000_000}
    assert states[serial_of(lab.wb)].state is RunState.INTERRUPTED
    assert states[serial_of(lab.h7)].state is RunState.INTERRUPTED


@pytest.fixture
def attached(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """That bus is this computer's."""
    monkeypatch.setattr("tinylab.probe.stlink.libusb", lambda: lab.bus)
    monkeypatch.setattr(bench_station, "usb_bus", lambda: lab.bus)
    return lab


def planned(*words: str) -> list[tuple[str, str | None, int]]:
    """Every station of the plan that the command line asks for, with its clock."""
    jobs = plan_of(parse(["--headless", *words])).jobs
    return list(dict.fromkeys((job.board, job.serial, job.clock_hz) for job in jobs))


def test_without_on_every_attached_board_is_measured_at_its_highest_clock(attached: Lab) -> None:
    assert planned() == [
        (H7.name, serial_of(attached.h7), H7.max_hz),
        (WB.name, serial_of(attached.wb), WB.max_hz),
        (WB.name, serial_of(attached.twin), WB.max_hz),
    ]
    plan = plan_of(parse(["--headless"]))
    assert len(plan.jobs) == 3 * 3
    assert not any(job.simulated for job in plan.jobs)


def test_a_board_that_another_tinylab_has_is_left_out_or_waited_for(
    attached: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    every = planned()
    with rival(attached.bus, serial_of(attached.wb)) as other:
        rest = [one for one in every if one[1] != serial_of(attached.wb)]
        assert planned() == rest
        said = capsys.readouterr().err
        assert f"ignoring probe {serial_of(attached.wb)}" in said
        assert f"process {other.pid}" in said
        assert planned("--wait", "5") == every
        assert capsys.readouterr().err == ""


def test_when_another_tinylab_has_all_boards_virtual_ones_do_not_stand_in(
    attached: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as others:
        for device in (attached.wb, attached.twin, attached.h7):
            others.enter_context(rival(attached.bus, serial_of(device)))
        assert main(["--headless"]) == ExitCode.STATION
        said = capsys.readouterr()
        assert "in another tinylab (process" in said.err
        assert "--wait SECONDS" in said.err
        assert main(["--headless", "--on", WB.name + "#" + serial_of(attached.wb)]) == 3


def test_boards_by_kind_and_by_serial_number_together(
    attached: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line from its words to its file."""
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    all_meet_when_flashing(2, monkeypatch)
    words = ["--on", f"{H7.name}@64", "--on", f"{WB.name}#{serial_of(attached.twin).lower()}@64"]
    out = tmp_path / "run.csv"
    code = main(
        ["--headless", *words, "--model", "house_price", "--inferences", "3", "-o", str(out)]
    )
    assert code == ExitCode.OK
    lines = out.read_text().splitlines()
    assert [
        serial in line
        for serial, line in zip(
            (serial_of(attached.h7), serial_of(attached.twin)), lines[1:], strict=True
        )
    ] == [True, True]


NEW_CODE = """
 cmp r0, #3
 ittet eq
 ldreq r1, [r2, #4]
 addeq r1, r1, #1
 strne r1, [r2, #8]
 moveq r3, r1
 ldr.w r4, [r5, r6, lsl #2]
 push {r0-r7, lr}
 sdiv r0, r1, r2
 vldmia r0!, {s0-s7}
 it ne
 bxne lr
"""


def test_boards_that_meet_new_code_at_the_same_time_take_it_for_what_it_is() -> None:
    code = assemble(NEW_CODE, Core.CORTEX_M4) * 50
    alone = repr(decode_block(code, 0))
    with ThreadPoolExecutor(4) as boards:
        together = [boards.submit(lambda: repr(decode_block(code, 0))) for _ in range(40)]
    assert {decoded.result() for decoded in together} == {alone}


def test_twenty_sessions_leave_nothing_behind(lab: Lab) -> None:
    process = psutil.Process()
    virtual = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64")], SHORT)

    def left() -> tuple[int, int, int]:
        machines = sum(isinstance(one, Machine) for one in gc.get_objects())
        return threading.active_count(), process.num_fds(), machines

    def both() -> None:
        assert lab.session(lab.plan()).exit_code == ExitCode.OK
        assert lab.session(virtual).exit_code == ExitCode.OK

    both()
    before = left()
    for _ in range(10):
        both()
    assert left() == before
    assert gc.get_freeze_count() == 0
