"""Two tinylab processes and one probe: who has it is known, the other waits or is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.own_firmware import own_elf
from tests.fakes.rivals import opening, rival
from tests.fakes.stations import plugged, trust_the_clock_of, wait_until
from tinylab import paths
from tinylab.bench.firmware import firmware_session
from tinylab.bench.firmware.firmware_events import FirmwareFinished, FirmwareStep
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.plan.events import Event, RunFailed, RunFinished, StageStarted, Warned
from tinylab.bench.plan.plan import Options, StationRequest, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.bench.station.station import open_station
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode, Interrupted, StationError
from tinylab.probe import lock
from tinylab.probe.discovery import list_probes
from tinylab.probe.watch import ProbeWatch
from tinylab.results.firmware_record import FirmwareRun
from tinylab.results.store import Store
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = by_name("nucleo_wb55rg")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("TINYLAB_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def device(bus: VirtualBus, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualStLink]:
    """A Nucleo-WB55 that plays a real one."""
    with plugged(bus, WB) as made:
        trust_the_clock_of(made, monkeypatch)
        yield made


@pytest.fixture
def serial(device: VirtualStLink) -> str:
    return device.descriptor.serial_number


class Session:
    """A session on the one board, its events as they come."""

    def __init__(self, bus: VirtualBus, store: Store, wait_s: float = 0.0) -> None:
        self.cancelled = threading.Event()
        self.events: list[Event] = []
        self.watch: Callable[[Event], object] = lambda event: None
        station = StationRequest(WB.name, clocks_hz=(64_000_000,))
        options = Options(inferences=3, wait_s=wait_s)
        self._plan = make_plan(["house_price"], [station], options)
        self._bus, self._store = bus, store

    def run(self) -> RunFinished | RunFailed:
        """How its run ended."""
        for event in run(self._plan, store=self._store, cancelled=self.cancelled, bus=self._bus):
            self.events.append(event)
            self.watch(event)
        end = self.events[-1]
        assert isinstance(end, RunFinished | RunFailed)
        return end

    @property
    def waiting(self) -> bool:
        return any(isinstance(event, Warned) for event in self.events)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


def test_a_probe_of_another_process_is_refused_at_once_and_that_process_named(
    bus: VirtualBus, serial: str, store: Store
) -> None:
    with rival(bus, serial) as other:
        session = Session(bus, store)
        end = session.run()
        assert isinstance(end, RunFailed)
        assert isinstance(end.error, StationError)
        assert end.error.exit_code == ExitCode.STATION
        holder = f"measuring house_price in another tinylab (process {other.pid}, "
        said = f"Probe {serial} is in use: {holder}"
        assert end.error.message.startswith(f"{said}since ")
        assert "--wait SECONDS" in end.error.remedy
        assert session.events == [end], "nothing was loaded or built for it"
        other.let_go()
        assert isinstance(Session(bus, store).run(), RunFinished)


def test_a_killed_process_leaves_no_lock(bus: VirtualBus, serial: str, store: Store) -> None:
    with rival(bus, serial) as other:
        assert list_probes(bus)[0].holder is not None
        other.kill()
        [probe] = list_probes(bus)
        assert (probe.holder, probe.problem) == (None, None)
        assert isinstance(Session(bus, store).run(), RunFinished)


def test_waiting_for_it_is_told_and_ends_when_it_is_free(
    bus: VirtualBus, serial: str, store: Store
) -> None:
    session = Session(bus, store, wait_s=100)
    with rival(bus, serial) as other:

        def free() -> None:
            wait_until(lambda: session.waiting)
            other.let_go()

        helper = threading.Thread(target=free)
        helper.start()
        end = session.run()
        helper.join()
    assert isinstance(end, RunFinished)
    first = session.events[0]
    assert isinstance(first, Warned)
    assert f"process {other.pid}" in first.text
    assert "Waiting up to 100 s." in first.text
    assert isinstance(session.events[1], StageStarted)


def test_waiting_ends_at_the_limit(bus: VirtualBus, serial: str, store: Store) -> None:
    with rival(bus, serial):
        end = Session(bus, store, wait_s=0.2).run()
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, StationError)
    assert "It did not become free in 0.2 s." in end.error.message


def test_waiting_can_be_stopped(bus: VirtualBus, serial: str, store: Store) -> None:
    session = Session(bus, store, wait_s=1000)
    with rival(bus, serial):

        def stop() -> None:
            wait_until(lambda: session.waiting)
            session.cancelled.set()

        helper = threading.Thread(target=stop)
        helper.start()
        end = session.run()
        helper.join()
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, Interrupted)


def test_a_probe_that_was_waited_for_and_pulled_out_meanwhile(
    bus: VirtualBus, device: VirtualStLink, serial: str, store: Store
) -> None:
    session = Session(bus, store, wait_s=100)
    with rival(bus, serial) as other:

        def pull() -> None:
            wait_until(lambda: session.waiting)
            bus.unplug(device)
            other.let_go()

        helper = threading.Thread(target=pull)
        helper.start()
        end = session.run()
        helper.join()
    assert isinstance(end, RunFailed)
    assert "is not attached" in end.error.message


def test_a_listing_does_not_open_a_probe_that_another_process_has(
    bus: VirtualBus, device: VirtualStLink, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as desk:
        free = desk.enter_context(plugged(bus, WB, 1))
        other = desk.enter_context(rival(bus, serial))
        opened = watch_opening(bus, monkeypatch)
        watch = ProbeWatch(bus)
        for probes in (list_probes(bus), watch.poll()):
            assert probes is not None
            by_id = {probe.unique_id: probe for probe in probes}
            taken = by_id.pop(serial)
            assert taken.holder is not None
            assert (taken.holder.pid, taken.holder.ours) == (other.pid, False)
            assert (taken.board_name, taken.generation) == (WB.name, "V2-1")
            assert f"process {other.pid}" in str(taken.problem)
            assert [probe.problem for probe in by_id.values()] == [None]
        assert watch.poll() is None
        assert set(opened) == {free}


def test_the_watch_sees_a_probe_being_taken_and_let_go(bus: VirtualBus, serial: str) -> None:
    watch = ProbeWatch(bus, clock=lambda: 0.0)

    def told() -> int | None:
        probes = watch.poll()
        assert probes is not None
        [probe] = probes
        assert (probe.problem is None) == (probe.holder is None)
        return probe.holder.pid if probe.holder else None

    assert told() is None
    with rival(bus, serial) as other:
        assert told() == other.pid
        other.kill()
        assert told() is None


def test_another_station_of_a_session_is_not_opened_by_a_listing(
    bus: VirtualBus, device: VirtualStLink, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock.taken(serial, "measuring house_price") as claim:
        [probe] = list_probes(bus)
        assert probe.holder is None, "nobody knows yet which one it is"
        claim.publish({"unique_id": serial, "place": probe.place})
        opened = watch_opening(bus, monkeypatch)
        [probe] = list_probes(bus)
        assert probe.problem == f"Probe {serial} is in use: measuring house_price in this tinylab."
        assert opened == []
        assert ProbeWatch(bus).poll() == (probe,)
        with plugged(bus, WB, 1) as free:
            with open_station(parse_station(f"{WB.name}#{serial_of(free)}"), bus) as station:
                assert station.serial == serial_of(free)
            assert set(opened) == {free}


def test_a_session_tells_others_what_it_does_where(
    bus: VirtualBus, serial: str, store: Store
) -> None:
    [probe] = list_probes(bus)
    seen: list[lock.Note] = []
    session = Session(bus, store)
    session.watch = lambda event: seen.extend(lock.held().values())
    assert isinstance(session.run(), RunFinished)
    note = seen[0]
    assert note.holder.doing == "measuring house_price"
    assert note.holder.pid == os.getpid()
    assert (note.place, note.probe["unique_id"]) == (probe.place, serial)
    assert note.probe["board_name"] == WB.name
    assert lock.held() == {}


def test_processes_open_probes_one_after_the_other(
    bus: VirtualBus, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one of two that look at the bus would find the probe busy."""
    found: list[str] = []
    listing = threading.Thread(
        target=lambda: found.extend(probe.unique_id for probe in list_probes(bus))
    )
    with opening() as other:
        listing.start()
        listing.join(0.3)
        assert found == []
        other.let_go()
        listing.join()
    assert found == [serial]


def test_a_process_that_hangs_while_it_opens_a_probe_does_not_stop_the_others(
    bus: VirtualBus, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "OPENING_S", 0.1)
    with opening():
        assert [probe.unique_id for probe in list_probes(bus)] == [serial]


def serial_of(device: VirtualStLink) -> str:
    return device.descriptor.serial_number


def watch_opening(bus: VirtualBus, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The devices that are opened from now on."""
    opened: list[object] = []
    honest = bus.virtual.open_device

    def counted(device: VirtualStLink) -> object:
        opened.append(device)
        return honest(device)

    monkeypatch.setattr(bus.virtual, "open_device", counted)
    return opened


LOOP = "void reset(void) { for (;;) {} }"


def test_own_firmware_is_kept_off_a_board_that_another_process_has(
    bus: VirtualBus, serial: str, tmp_path: Path
) -> None:
    """With --wait it is flashed when the board is free."""
    image = own_elf(WB, tmp_path / "image", LOOP)
    with rival(bus, serial) as other:
        refused = firmware_run(bus, FirmwareOptions(image))
        assert refused.error is not None
        assert refused.error.exit_code == ExitCode.STATION
        assert f"process {other.pid}" in refused.error.message
        assert refused.serial_text == ""
        told: list[str] = []
        options = FirmwareOptions(image, time="reset", time_limit_s=0.01, wait_s=100)

        def hear(event: object) -> None:
            if isinstance(event, FirmwareStep):
                told.append(event.text)
                if "Waiting up to" in event.text:
                    other.let_go()

        waited = firmware_run(bus, options, hear)
    assert waited.serial == serial
    assert ["Waiting" in text for text in told[:2]] == [True, False]
    assert told[1].startswith("flashed in")


def firmware_run(
    bus: VirtualBus, options: FirmwareOptions, hear: Callable[[object], None] = lambda event: None
) -> FirmwareRun:
    plan = plan_firmware(options, [parse_station(WB.name)])
    last: object = None
    for last in firmware_session.run(plan, threading.Event(), bus):
        hear(last)
    assert isinstance(last, FirmwareFinished)
    return last.run


def test_serials_are_one_in_any_letters_and_make_file_names(state: Path) -> None:
    with lock.taken("../0a:B c", "measuring house_price") as claim:
        assert claim.trouble == ""
        with pytest.raises(StationError), lock.taken("../0A:b C", "measuring house_price"):
            pass
        names = {path.name for path in (state / "probes").iterdir()}
        assert names == {"..%2F0A%3AB%20C.json", "..%2F0A%3AB%20C.lock"}
    assert list((state / "probes").glob("*.json")) == []


def test_without_a_place_for_locks_it_measures_and_warns(
    bus: VirtualBus, serial: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_STATE_DIR", str(tmp_path / "file" / "x"))
    end = Session(bus, store).run()
    assert isinstance(end, RunFinished)
    [warning] = [text for text in end.record.warnings if "not locked" in text]
    assert serial in warning
    assert "TINYLAB_STATE_DIR" in warning
    assert [probe.problem for probe in list_probes(bus)] == [None]


def test_a_lock_file_that_cannot_be_opened_is_no_reason_not_to_measure(
    bus: VirtualBus, serial: str, state: Path
) -> None:
    (state / "probes" / f"{serial}.lock").mkdir(parents=True)
    (state / "probes" / "opening.lock").mkdir()
    (state / "probes" / f"{serial}.json").write_text('{"holder": {"pid": 1}}')
    with open_station(parse_station(WB.name), bus) as station:
        [remark] = station.remarks
        assert "not locked" in remark
        assert "Is a directory" in remark


@pytest.mark.parametrize("said", ["", "{", "[]", '{"holder": {}}', '{"holder": 3, "probe": {}}'])
def test_a_note_that_cannot_be_read_spoils_nothing(bus: VirtualBus, serial: str, said: str) -> None:
    with rival(bus, serial):
        folder = paths.state() / "probes"
        (folder / f"{serial}.json").write_text(said)
        assert [probe.holder for probe in list_probes(bus)] == [None]
        with pytest.raises(StationError, match="is in use by another tinylab process"):
            lock.taken(serial, "measuring").__enter__()


def test_a_virtual_board_needs_no_lock(state: Path) -> None:
    request = parse_station("sim:nucleo_wb55rg")
    with open_station(request) as first, open_station(request) as second:
        assert first.serial == second.serial
        assert list(state.rglob("*.json")) == []
