"""Samples over SWD and over the serial port, on lines and cables that do what they may."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinylab.bench.plan.events import Event, RunFailed, RunFinished, Samples, Stage, StageStarted
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.bench.station import station as stations
from tinylab.boards import catalog
from tinylab.boards.board import Board, Core
from tinylab.errors import LinkError, SerialLineError, SignalError
from tinylab.results.record import RunRecord
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState, StoredRun
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.virtual_station import virtual_device

WB = catalog.by_name("nucleo_wb55rg")
COUNT = 40
Wire = Callable[[int], bytes]


class Lab:
    """Sessions on one virtual WB55 after the other, each with its faults."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.faults: list[Callable[[VirtualStLink], None]] = []
        self.events: list[Event] = []
        self.device: VirtualStLink | None = None
        monkeypatch.setattr(stations, "virtual_device", self._device)

    def _device(self, *arguments: object) -> VirtualStLink:
        self.device = virtual_device(*arguments)  # type: ignore[arg-type]
        for fault in self.faults:
            fault(self.device)
        return self.device

    def session(
        self,
        link: str,
        count: int = COUNT,
        watch: Callable[[Event, VirtualStLink], None] = lambda event, device: None,
    ) -> RunFinished | RunFailed:
        plan = make_plan(
            ["house_price"],
            [parse_station("sim:nucleo_wb55rg@64")],
            Options(inferences=count, warmup=3, link=link),
        )
        self.events = []
        for event in run(plan, store=self.store, cancelled=threading.Event()):
            self.events.append(event)
            if self.device is not None:
                watch(event, self.device)
        return next(e for e in self.events if isinstance(e, RunFinished | RunFailed))

    def record(self, link: str, **more: object) -> RunRecord:
        end = self.session(link, **more)  # type: ignore[arg-type]
        assert isinstance(end, RunFinished), end
        return end.record

    def runs(self) -> list[StoredRun]:
        """Of the last session, in the order they were begun."""
        return self.store.last_session()

    def on_the_line(self, wire: Wire) -> None:
        def fault(device: VirtualStLink) -> None:
            device.machine.serial_line = wire

        self.faults = [fault]

    def garbled_above(self, baud: int) -> None:
        def fault(device: VirtualStLink) -> None:
            def wire(byte: int) -> bytes:
                return bytes([byte ^ 0x10 if device.machine.serial_baud > baud * 1.1 else byte])

            device.machine.serial_line = wire

        self.faults = [fault]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with Store.open(tmp_path / "results.sqlite") as store:
        yield Lab(store, monkeypatch)


def every(nth: int, made: Callable[[int], bytes]) -> Wire:
    """Each `nth` byte on the wire becomes what `made` says."""
    passed = 0

    def wire(byte: int) -> bytes:
        nonlocal passed
        passed += 1
        return made(byte) if passed % nth == 0 else bytes([byte])

    return wire


@pytest.mark.parametrize(
    "board",
    ["nucleo_wb55rg@64", "nucleo_f446re@180", "nucleo_u575zi_q@160", "nucleo_l4r5zi@120",
     "nucleo_h723zg@550", "stm32f746g_disco@216"],
)  # fmt: skip
def test_both_links_give_the_same(board: str, tmp_path: Path) -> None:
    """On a Cortex-M7 within what its caches' random replacement makes of it anyway."""
    found: dict[str, RunRecord] = {}
    for link in ("swd", "uart"):
        plan = make_plan(
            ["house_price"],
            [parse_station(f"sim:{board}")],
            Options(inferences=COUNT, warmup=3, link=link),
        )
        with Store.open(tmp_path / f"{link}.sqlite") as store:
            for event in run(plan, store=store, cancelled=threading.Event()):
                if isinstance(event, RunFinished):
                    found[link] = event.record
            [stored] = store.recent()
            assert store.samples(stored.id).size == COUNT
    swd, uart = found["swd"], found["uart"]
    assert (swd.link, uart.link) == ("swd", "uart")
    assert swd.elf_sha256 == uart.elf_sha256
    if swd.core == Core.CORTEX_M7:
        assert uart.cycles.median == pytest.approx(swd.cycles.median, rel=1e-3)
    else:
        assert uart.cycles.median == swd.cycles.median
    assert uart.first_cycles == swd.first_cycles
    assert uart.clock_measured_hz == pytest.approx(uart.clock_hz, rel=1e-4)
    for record in (swd, uart):
        assert (record.valid, record.lost, record.inferences) == (True, 0, COUNT)
        assert record.output.ok
        assert record.warnings == ()


@pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)
def test_every_boards_port_is_set_up_as_its_file_says(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices: list[VirtualStLink] = []

    def made(*arguments: Any) -> VirtualStLink:
        devices.append(virtual_device(*arguments))
        return devices[-1]

    monkeypatch.setattr(stations, "virtual_device", made)
    options = Options(inferences=9, warmup=1, link="uart")
    plan = make_plan(["house_price"], [parse_station(f"sim:{board.name}")], options)
    with Store.open(tmp_path / "results.sqlite") as store:
        events = list(run(plan, store=store, cancelled=threading.Event()))
    [end] = [event for event in events if isinstance(event, RunFinished | RunFailed)]
    assert isinstance(end, RunFinished), end
    assert (end.record.inferences, end.record.lost, end.record.warnings) == (9, 0, ())
    [machine] = [device.machine for device in devices]
    port, pin = board.peripherals[f"GPIO{board.serial.tx[1]}"], int(board.serial.tx[2:])
    modes = machine.bus.read(port, 4)
    functions = machine.bus.read(port + 0x20 + 4 * (pin // 8), 4)
    assert modes >> 2 * pin & 0b11 == 0b10, "an alternate function"
    assert functions >> 4 * (pin % 8) & 0xF == board.serial.alternate
    for address, bit in board.serial.enable:
        assert machine.bus.read(address, 4) >> bit & 1


def test_samples_over_the_serial_port_come_while_it_measures_and_once(lab: Lab) -> None:
    lab.record("uart", count=100)
    told = [event for event in lab.events if isinstance(event, Samples)]
    measured = [event for event in told if not event.warmup]
    assert len(measured) > 3
    assert [event.total for event in measured][-1] == 100
    assert sum(event.recent.size for event in measured) == 100
    assert sum(event.recent.size for event in told if event.warmup) == 3


def test_swd_is_left_alone_while_the_serial_port_is_listened_to(lab: Lab) -> None:
    transfers: list[bool] = []
    measuring = threading.Event()

    def count(device: VirtualStLink) -> None:
        honest = device.bulk_out

        def counted(endpoint: int, data: bytes) -> None:
            transfers.append(measuring.is_set())
            honest(endpoint, data)

        device.bulk_out = counted  # type: ignore[method-assign]

    def watch(event: Event, device: VirtualStLink) -> None:
        if isinstance(event, Samples) and not event.warmup:
            measuring.set() if event.total < 300 else measuring.clear()

    lab.faults = [count]
    lab.record("uart", count=400, watch=watch)
    assert len(transfers) > 100
    assert sum(transfers) == 0


@pytest.mark.parametrize(
    "wire",
    [every(97, lambda byte: b""), every(61, lambda byte: bytes([byte ^ 4]))],
    ids=["dropped", "garbled"],
)
def test_a_line_that_is_bad_at_every_rate_ends_with_what_came(lab: Lab, wire: Wire) -> None:
    lab.on_the_line(wire)
    record = lab.record("uart", count=200)
    assert record.valid
    assert record.link == "uart"
    assert record.lost > 0
    assert record.inferences == 200 - record.lost
    assert "sent at 115,200 baud" in record.warnings
    assert f"{record.lost:,} samples were lost on their way to the host" in record.warnings
    for baud in ("921,600", "460,800", "230,400"):
        assert any(f"fails at {baud} baud" in text for text in record.warnings)
    states = [stored.state for stored in lab.runs()]
    assert states == [RunState.INTERRUPTED] * 3 + [RunState.DONE]
    assert lab.store.samples(lab.runs()[-1].id).size == record.inferences


def test_doubled_frames_are_counted_once(lab: Lab) -> None:
    """Each byte comes again behind its frame's last one."""
    kept = bytearray()

    def wire(byte: int) -> bytes:
        kept.append(byte)
        frame = bytes(kept)
        if len(frame) >= 12 and len(frame) == 12 + 4 * frame[3]:
            kept.clear()
            return bytes([byte]) + frame
        return bytes([byte])

    lab.on_the_line(wire)
    record = lab.record("uart")
    assert (record.inferences, record.lost) == (COUNT, 0)
    [warning] = record.warnings
    assert "records were received twice and counted once" in warning
    [stored] = lab.runs()
    assert lab.store.samples(stored.id).size == COUNT


@pytest.mark.parametrize("carried", [460_800, 230_400, 115_200])
def test_the_rate_goes_down_until_frames_come_whole(lab: Lab, carried: int) -> None:
    lab.garbled_above(carried)
    record = lab.record("uart", count=200)
    assert (record.inferences, record.lost, record.valid) == (200, 0, True)
    assert f"sent at {carried:,} baud" in record.warnings
    assert "fails at 921,600 baud" in record.warnings[0]
    *given_up, last = lab.runs()
    assert last.state is RunState.DONE
    assert all(stored.state is RunState.INTERRUPTED for stored in given_up)
    assert "fails at 921,600 baud" in given_up[0].message


def test_a_dead_line_is_told_with_what_the_board_did(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinylab.bench.measure.measurement.SILENCE_S", 0.05)
    lab.on_the_line(lambda byte: b"")
    end = lab.session("uart")
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, SerialLineError)
    assert "fails at 115,200 baud: 0 of 43 samples were received, in 0 bytes" in end.error.message
    assert "solder bridges" in end.error.remedy
    assert "--link swd" in end.error.remedy
    assert end.error.exit_code == 5


def measuring(event: Event) -> bool:
    return isinstance(event, StageStarted) and event.stage is Stage.MEASURE


def test_swd_steps_down_in_mid_run_and_the_record_says_so(lab: Lab) -> None:
    def worse(event: Event, device: VirtualStLink) -> None:
        if isinstance(event, Samples) and not event.warmup:
            device.wire_khz = 1000

    record = lab.record("auto", count=2_000, watch=worse)
    assert (record.link, record.inferences, record.lost) == ("swd", 2_000, 0)
    assert record.warnings == ("SWD stepped down to 1.15 MHz",)


def test_without_a_remark_swd_ran_at_the_probes_best(lab: Lab) -> None:
    assert lab.record("auto").warnings == ()


def deaf(event: Event, device: VirtualStLink) -> None:
    if measuring(event):
        device.deaf_while_running = True


def test_where_a_running_core_cannot_be_read_the_serial_port_takes_over(lab: Lab) -> None:
    record = lab.record("auto", watch=deaf)
    assert (record.link, record.inferences, record.lost, record.valid) == ("uart", COUNT, 0, True)
    assert record.warnings[0].startswith("Measured over the serial port: SWD could not be read")
    assert record.warnings[-1] == "SWD stepped down to 0.287 MHz"
    first, second = lab.runs()
    assert (first.state, second.state) == (RunState.INTERRUPTED, RunState.DONE)
    assert "SWD could not be read" in first.message


def test_who_insists_on_swd_gets_the_error(lab: Lab) -> None:
    end = lab.session("swd", watch=deaf)
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, SignalError)
    assert "shorter cable" in end.error.remedy


def test_when_neither_works_both_are_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinylab.errors import StationError

    def none(station: object, baud: int) -> None:
        raise StationError("The probe provides no serial port.")

    monkeypatch.setattr(stations.Station, "open_serial", none)
    end = lab.session("auto", watch=deaf)
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, LinkError)
    assert "SWD could not be read while the core ran" in end.error.message
    assert "The probe provides no serial port." in end.error.message


@pytest.mark.parametrize("link", ["swd", "uart"])
@pytest.mark.parametrize("rate", [0.97, 1.03], ids=["slow", "fast"])
def test_a_clock_that_is_off_by_more_than_two_percent_is_found_out(
    lab: Lab, link: str, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's time runs slower or faster than the board's crystal believes."""

    class Skewed(stations.SimulatedTime):
        def now(self) -> float:
            return self.machine.now() / rate

    monkeypatch.setattr(stations, "SimulatedTime", Skewed)
    end = lab.session(link)
    assert isinstance(end, RunFailed)
    assert end.error.exit_code == 6
    assert f"The core runs at {64 * rate:g}" in end.error.message
    assert end.record is not None
    assert (end.record.valid, end.record.link) == (False, link)


@pytest.mark.parametrize("link", ["swd", "uart"])
def test_a_clock_within_two_percent_is_good(
    lab: Lab, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Skewed(stations.SimulatedTime):
        def now(self) -> float:
            return self.machine.now() / 1.015

    monkeypatch.setattr(stations, "SimulatedTime", Skewed)
    assert lab.record(link).valid


def test_what_a_fresh_session_stores_over_the_serial_port_is_what_it_shows(lab: Lab) -> None:
    record = lab.record("uart", count=COUNT)
    [stored] = lab.runs()
    assert stored.record == record
    samples = lab.store.samples(stored.id)
    assert np.median(samples) == record.cycles.median
