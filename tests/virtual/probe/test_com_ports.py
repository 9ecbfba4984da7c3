"""Sessions over the serial port of a board that plays a real one, through the system's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import serial

from tests.fakes.com_port import Cable, com_port
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.plan.events import Event, RunFailed, RunFinished, Samples
from tinylab.bench.plan.plan import Options, StationRequest, make_plan
from tinylab.bench.session.session import run
from tinylab.boards.catalog import by_name
from tinylab.errors import StationError, Unplugged
from tinylab.results.store import Store
from tinylab.results.stored_run import RunState
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = by_name("nucleo_wb55rg")


class Lab:
    """A Nucleo-WB55 with its two plugs in, and the results of its sessions."""

    def __init__(self, bus: VirtualBus, cable: Cable, store: Store) -> None:
        self.bus = bus
        self.cable = cable
        self.store = store

    def session(
        self, link: str, count: int = 60, watch: Callable[[Event], None] = lambda event: None
    ) -> RunFinished | RunFailed:
        serial_number = self.cable.device.descriptor.serial_number
        station = StationRequest(WB.name, serial=serial_number, clocks_hz=(64_000_000,))
        plan = make_plan(["house_price"], [station], Options(inferences=count, link=link))
        ends = []
        for event in run(plan, store=self.store, cancelled=threading.Event(), bus=self.bus):
            watch(event)
            if isinstance(event, RunFinished | RunFailed):
                ends.append(event)
        return ends[0]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with ExitStack() as all_of:
        bus = VirtualBus()
        device = all_of.enter_context(plugged(bus, WB))
        cable = all_of.enter_context(com_port(device, monkeypatch))
        store = all_of.enter_context(Store.open(tmp_path / "results.sqlite"))
        trust_the_clock_of(device, monkeypatch)
        yield Lab(bus, cable, store)


def test_a_run_over_the_port_that_the_system_shows(lab: Lab) -> None:
    end = lab.session("uart")
    assert isinstance(end, RunFinished), end
    record = end.record
    assert (record.link, record.lost, record.warnings) == ("uart", 0, ())
    assert (record.inferences, record.simulated) == (60, False)
    assert lab.cable.baud == 921_600


def test_its_rate_is_lowered_together_with_the_boards(lab: Lab) -> None:
    lab.cable.carries = 230_400
    end = lab.session("uart", count=200)
    assert isinstance(end, RunFinished), end
    assert (end.record.inferences, end.record.lost) == (200, 0)
    assert "sent at 230,400 baud" in end.record.warnings
    assert lab.cable.baud == 230_400


def test_pulled_out_in_mid_run_the_samples_are_kept_and_the_run_is_interrupted(lab: Lab) -> None:
    def pull(event: Event) -> None:
        if isinstance(event, Samples) and not event.warmup and lab.bus.devices:
            lab.bus.unplug(lab.cable.device)
            lab.cable.pull()

    end = lab.session("uart", count=1_000_000, watch=pull)
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, Unplugged)
    assert "plug the probe in again" in end.error.remedy
    assert end.error.exit_code == 5
    [stored] = lab.store.recent()
    assert stored.state is RunState.INTERRUPTED
    assert stored.message.startswith(end.error.message)
    assert stored.samples == lab.store.samples(stored.id).size > 0


def test_a_port_that_another_program_holds(lab: Lab) -> None:
    import os

    with serial.Serial(os.ttyname(lab.cable.slave), 115_200, exclusive=True):
        end = lab.session("uart")
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, StationError)
    assert "cannot be opened" in end.error.message
    assert isinstance(lab.session("uart"), RunFinished)


def test_a_probe_without_a_port(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    end = lab.session("uart")
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, StationError)
    assert "provides no serial port" in end.error.message
