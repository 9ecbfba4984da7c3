"""What a run believes and what it refuses, on virtual boards with real images."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.broken_kernels import projects_with, source_of
from tests.fakes.layers.arithmetic import expected
from tinylab import paths
from tinylab.bench.measure.measurement import Bench, Listener, Measurement, Target
from tinylab.bench.measure.sample_readers import Batch
from tinylab.bench.plan.events import RunFailed, RunFinished, Samples
from tinylab.bench.plan.plan import Job, Options, Plan, make_plan, parse_station
from tinylab.bench.plan.stop_rule import ONCE, StopRule, stop_rule
from tinylab.bench.session.session import run
from tinylab.bench.session.station_runner import StationRunner
from tinylab.bench.station.station import Station, open_station
from tinylab.boards import catalog
from tinylab.boards.clock_family import ClockSettings
from tinylab.boards.clocks import solve
from tinylab.build.image import Image
from tinylab.build.project import build
from tinylab.codegen.generate import Generated, generate
from tinylab.errors import LinkError, MeasurementError, TinylabError
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.settings import option
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.stream import frames
from tinylab.zoo.network import Network, elements

WB = catalog.by_name("nucleo_wb55rg")
CLOCK = solve(WB, 64e6)
FAULT = r"A (Bus|Hard)Fault occurred in tl_dense_f32 at tl_dense_f32\.c:\d+\."
RULE = StopRule(warmup=1, min_inferences=5, max_inferences=5, min_cycles=0)


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    with open_station(parse_station("sim:nucleo_wb55rg")) as opened:
        yield opened


def image_of(generated: Generated, projects: Path | None = None) -> Image:
    files = dict(generated.files) | {"tinylab_mailbox.h": frames.c_header().encode()}
    return build(WB, files, projects=projects)


def target(image: Image, network: Network) -> Target:
    return Target.of(image, 4 * elements(network.output_shape))


def measured(
    station: Station,
    image: Image,
    network: Network,
    *,
    clock: ClockSettings = CLOCK,
    rule: StopRule = RULE,
    as_target: Target | None = None,
    count: int = 2,
    listen: Listener = lambda batch: None,
) -> Measurement:
    station.flash(image.segments, lambda fraction: None)
    bench = Bench(
        station.connection,
        as_target or target(image, network),
        station.timebase,
        lambda: False,
    )
    inputs = given(network, count)
    return bench.measure(clock, rule, [one.tobytes() for one in inputs], 10_000, listen)


def floats(result: Measurement) -> np.ndarray:
    return np.frombuffer(b"".join(result.outputs), "<f4")


def given(network: Network, count: int) -> np.ndarray:
    random = np.random.default_rng(5)
    return random.random((count, elements(network.input_shape)), dtype=np.float32)


@pytest.fixture(scope="module")
def house() -> Network:
    return networks.house_price()


@pytest.fixture(scope="module")
def house_image(house: Network) -> Image:
    return image_of(generate(house))


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """The firmware's sources, to be changed."""
    copy = tmp_path / "projects"
    shutil.copytree(paths.platformio_projects(), copy)
    return copy


def test_outputs_of_every_input_are_right(
    station: Station, house: Network, house_image: Image
) -> None:
    result = measured(station, house_image, house, count=4)
    assert len(result.outputs) == 4
    for values, output in zip(given(house, 4), result.outputs, strict=True):
        assert np.frombuffer(output, "<f4") == pytest.approx(expected(house, values), rel=1e-4)


def test_cycles_are_the_same_in_two_runs_of_one_image(
    station: Station, house: Network, house_image: Image
) -> None:
    first = measured(station, house_image, house)
    again = measured(station, house_image, house)
    assert first.cycles.tolist() == again.cycles.tolist()
    assert first.first_cycles == again.first_cycles
    assert first.cycles.size == 5


def test_changing_the_code_changes_the_cycles_and_not_the_output(
    station: Station, house: Network, house_image: Image, projects: Path
) -> None:
    ini = projects / "bench" / "platformio.ini"
    text = ini.read_text()
    assert "-O3" in text
    ini.write_text(text.replace("-O3", "-O1"))
    slower = measured(station, image_of(generate(house), projects), house)
    usual = measured(station, house_image, house)
    assert np.median(slower.cycles) > 1.02 * np.median(usual.cycles)
    assert floats(slower) == pytest.approx(floats(usual), rel=1e-4)


def test_wrong_clock_words_show_as_a_wrong_clock(
    station: Station, house: Network, house_image: Image
) -> None:
    words_of_48 = replace(CLOCK, words=solve(WB, 48e6).words)
    result = measured(station, house_image, house, clock=words_of_48)
    assert result.clock_measured_hz == pytest.approx(48e6, rel=1e-3)


def test_an_image_that_was_not_built_here_is_refused(
    station: Station, house: Network, house_image: Image
) -> None:
    other = replace(target(house_image, house), build_id=bytes(16))
    with pytest.raises(MeasurementError, match="runs another image"):
        measured(station, house_image, house, as_target=other)


def test_firmware_that_never_speaks_is_a_link_error(
    station: Station, house: Network, house_image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinylab.bench.station.silence_timeout.ANSWER_S", 0.5)
    station.flash(house_image.segments, lambda fraction: None)
    nowhere = replace(target(house_image, house), mailbox=WB.ram[0].base + 0x8000)
    bench = Bench(station.connection, nowhere, station.timebase, lambda: False)
    with pytest.raises(LinkError, match="does not respond"):
        bench.measure(CLOCK, RULE, [given(house, 1).tobytes()], 1, lambda batch: None)


def test_a_hard_fault_names_the_function(station: Station, house: Network, tmp_path: Path) -> None:
    broken = projects_with("*(volatile int *)0x60000000 = 1;", tmp_path / "projects")
    with pytest.raises(MeasurementError, match=FAULT) as caught:
        measured(station, image_of(generate(house), broken), house)
    text = source_of("tl_dense_f32", broken).read_text()
    line = 1 + text[: text.index("0x60000000")].count("\n")
    assert f"tl_dense_f32.c:{line}." in caught.value.message
    assert "an access to an address without memory" in caught.value.details
    for register in ("r0", "r3", "r12", "lr", "pc", "xpsr"):
        assert f"{register} 0x" in caught.value.details
    assert "address 0x60000000" in caught.value.details


def unread(
    station: Station, image: Image, network: Network, *, warmup: int, count: int
) -> frames.Status:
    """The host reads no sample until the firmware is done."""
    station.flash(image.segments, lambda fraction: None)
    wanted = target(image, network)
    link = station.connection
    link.reset_and_halt()
    link.write_bytes(wanted.mailbox, bytes(frames.MAILBOX_BYTES))
    request = frames.Request(1, warmup, count, count, 0, CLOCK.hz, CLOCK.words)
    link.write_bytes(wanted.mailbox, request.encode())
    link.resume()
    status = frames.decode(link.read_bytes(wanted.mailbox, frames.MAILBOX_BYTES))
    while status.served != 1:
        status = frames.decode(link.read_bytes(wanted.mailbox, frames.MAILBOX_BYTES))
    return status


def test_a_full_ring_is_counted_not_waited_for(
    station: Station, house: Network, house_image: Image
) -> None:
    count = frames.RING_ENTRIES + 10
    status = unread(station, house_image, house, warmup=0, count=count)
    assert status.inferences == count
    assert status.write_index == frames.RING_ENTRIES
    assert status.dropped == 10


def test_the_firmware_tells_warmup_from_measured(
    station: Station, house: Network, house_image: Image
) -> None:
    told: list[Batch] = []
    rule = StopRule(warmup=7, min_inferences=5, max_inferences=5, min_cycles=0)
    result = measured(station, house_image, house, rule=rule, listen=told.append)
    warmup = np.concatenate([batch.cycles for batch in told if batch.warmup])
    shown = np.concatenate([batch.cycles for batch in told if not batch.warmup])
    assert warmup.size == 7
    assert warmup[0] == result.first_cycles
    assert shown.tolist() == result.cycles.tolist()
    assert result.cycles.size == 5
    assert result.dropped == 0


def test_a_long_warmup_that_nobody_reads_takes_no_measured_samples_place(
    station: Station, house: Network, house_image: Image
) -> None:
    status = unread(station, house_image, house, warmup=frames.RING_ENTRIES, count=10)
    assert status.warmup_written == frames.RING_ENTRIES // 2
    assert status.write_index == frames.RING_ENTRIES // 2 + 10
    assert status.dropped == 0


def test_stop_rules() -> None:
    asked = stop_rule(Options(inferences=50, min_time_s=0.5), 64_000_000, simulated=True)
    assert (asked.min_inferences, asked.min_cycles) == (50, 32_000_000)
    silicon = stop_rule(Options(), 64_000_000, simulated=False)
    assert (silicon.min_inferences, silicon.min_cycles) == (100, 64_000_000)
    assert stop_rule(Options(warmup=7), 1, simulated=True).warmup == 7
    assert ONCE.warmup == 0


@pytest.mark.parametrize("options", [Options(), Options(inferences=5), Options(min_time_s=0.1)])
def test_the_warm_up_is_what_the_settings_say_however_long_a_run_lasts(options: Options) -> None:
    assert option("warmup").unset == "10 on silicon, 1 on a virtual board"
    assert stop_rule(options, 64_000_000, simulated=False).warmup == 10
    assert stop_rule(options, 64_000_000, simulated=True).warmup == 1


def outcome(plan: Plan, store: Store) -> RunFinished | RunFailed:
    ends = [
        event
        for event in run(plan, store=store, cancelled=threading.Event())
        if isinstance(event, RunFinished | RunFailed)
    ]
    [end] = ends
    return end


def plan(**options: object) -> Plan:
    station = parse_station("sim:nucleo_wb55rg@64")
    return make_plan(["house_price"], [station], Options(**options))  # type: ignore[arg-type]


def test_a_wrong_output_makes_the_run_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's reference is off by a thousandth; the board is right, and is called wrong."""
    from tinylab.zoo.execution import reference

    honest = reference.run
    monkeypatch.setattr(
        reference,
        "run",
        lambda *given: [1.001 * one for one in honest(*given)],
    )
    with Store.open(tmp_path / "results.sqlite") as store:
        end = outcome(plan(), store)
        assert store.recent()[0].state == RunState.INVALID
    assert isinstance(end, RunFailed)
    assert end.error.message.startswith("The output is wrong: ")
    assert "report it" in end.error.remedy
    assert end.record is not None
    assert end.record.warnings[0] == str(end.error)
    assert end.record.valid is False
    assert end.record.output.ok is False


def test_a_wrong_clock_makes_the_run_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinylab.bench.session import station_runner

    wrong = replace(CLOCK, words=solve(WB, 48e6).words)
    monkeypatch.setattr(station_runner, "solve", lambda board, hz: wrong)
    with Store.open(tmp_path / "results.sqlite") as store:
        end = outcome(plan(), store)
    assert isinstance(end, RunFailed)
    assert end.error.message == "The core runs at 48 MHz, not at the requested 64 MHz."
    assert "run again" in end.error.remedy
    assert end.record is not None
    assert end.record.warnings[0] == str(end.error)


def test_samples_are_stored_before_they_are_told(tmp_path: Path) -> None:
    warmup = 0
    with Store.open(tmp_path / "results.sqlite") as store:
        for event in run(plan(warmup=3), store=store, cancelled=threading.Event()):
            if isinstance(event, Samples) and event.warmup:
                warmup = event.total
            elif isinstance(event, Samples):
                assert store.recent()[0].samples >= event.total
            elif isinstance(event, RunFinished):
                assert store.recent()[0].samples == event.record.cycles.n
    assert warmup == 3


def test_cancelling_ends_every_job_as_interrupted(tmp_path: Path) -> None:
    cancelled = threading.Event()
    stations = [parse_station("sim:nucleo_wb55rg@48,64"), parse_station("sim:nucleo_h723zg@64")]
    wanted = make_plan(["house_price"], stations, Options(inferences=100_000))
    ends: list[TinylabError] = []
    with Store.open(tmp_path / "results.sqlite") as store:
        for event in run(wanted, store=store, cancelled=cancelled):
            if isinstance(event, Samples):
                cancelled.set()
            elif isinstance(event, RunFailed):
                ends.append(event.error)
        states = {stored.state for stored in store.recent()}
    assert len(ends) == 3
    assert {error.exit_code for error in ends} == {130}
    assert states == {RunState.INTERRUPTED}


def test_a_stopped_run_says_what_was_measured_so_far(tmp_path: Path) -> None:
    cancelled = threading.Event()
    ends: list[TinylabError] = []
    with Store.open(tmp_path / "results.sqlite") as store:
        for event in run(plan(inferences=100_000), store=store, cancelled=cancelled):
            if isinstance(event, Samples) and not event.warmup:
                cancelled.set()
            elif isinstance(event, RunFailed):
                ends.append(event.error)
        [stored] = store.recent()
        cycles = store.samples(stored.id)
    [error] = ends
    assert stored.samples == cycles.size > 0
    assert error.message == f"Stopped after {cycles.size:,} of 100,000 inferences."
    assert error.remedy == "Measured samples are kept: `tinylab history` lists the run."
    lines = [line.split() for line in error.details.splitlines()]
    assert lines[0] == ["n", f"{cycles.size:,}"]
    assert [line[0] for line in lines[1:]] == [
        *("min", "median", "mean"),
        *(name for name, fewest in (("p95", 20), ("p99", 100)) if cycles.size >= fewest),
        "max",
    ]
    assert all((line[2], line[4]) == ("ms", "cycles") for line in lines[1:])
    assert float(lines[1][1]) == pytest.approx(int(cycles.min()) / 64e3, rel=0.01)
    assert lines[1][3] == f"{int(cycles.min()):,}"
    assert lines[-1][3] == f"{int(cycles.max()):,}"


def test_between_runs_a_virtual_board_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its firmware would take processor time from the other stations, waiting for a request."""
    states: list[CoreState] = []
    run_job = StationRunner.run

    def looked_at(self: StationRunner, job: Job) -> None:
        run_job(self, job)
        assert self._station.machine is not None
        states.append(self._station.machine.state)

    monkeypatch.setattr(StationRunner, "run", looked_at)
    plan = make_plan(
        ["house_price"], [parse_station("sim:nucleo_wb55rg@48,64")], Options(inferences=3)
    )
    with Store.open(tmp_path / "results.sqlite") as store:
        list(run(plan, store=store, cancelled=threading.Event()))
    assert states == [CoreState.HALTED] * 2
