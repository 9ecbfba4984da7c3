"""The station that scenarios are played on: virtual boards, or the one that --probe names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from usb.backend import IBackend

from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.plan.events import Event, RunFailed, RunFinished
from tinylab.bench.plan.plan import Options, StationRequest, make_plan
from tinylab.bench.session.session import run
from tinylab.bench.station.station import usb_bus
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import TinylabError
from tinylab.probe.connection import Connection
from tinylab.probe.discovery import list_probes
from tinylab.results.record import RunRecord
from tinylab.results.store import Store
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

VIRTUAL = ("nucleo_wb55rg", "nucleo_f446re", "nucleo_h723zg", "nucleo_u575zi_q")
"""One of each kind of core and of flash controller that matters."""


@dataclass
class Rig:
    """A board behind its probe; `device` is the virtual one, None on silicon."""

    board: Board
    serial: str
    bus: IBackend
    store: Store
    device: VirtualStLink | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def clocks(self) -> tuple[float, float]:
        """A slow and a fast one in Hz, which every board of the kind can do as it comes."""
        return self.board.common_clocks_mhz[1] * 1e6, self.board.common_clocks_mhz[-2] * 1e6

    def connect(self) -> Connection:
        return Connection(self.bus, self.serial, self.board)

    def session(
        self,
        *clocks_hz: float,
        watch: Callable[[Event], None] = lambda event: None,
        **options: int,
    ) -> list[RunFinished | RunFailed]:
        """How each job of a session with a small network ended."""
        self.cancelled.clear()
        request = StationRequest(
            self.board.name, serial=self.serial, clocks_hz=clocks_hz or self.clocks[:1]
        )
        plan = make_plan(["house_price"], [request], Options(**options))  # type: ignore[arg-type]
        ends: list[RunFinished | RunFailed] = []
        for event in run(plan, store=self.store, cancelled=self.cancelled, bus=self.bus):
            watch(event)
            if isinstance(event, RunFinished | RunFailed):
                ends.append(event)
        return ends

    def measured(self, *clocks_hz: float, **options: int) -> list[RunRecord]:
        """The records of a session in which everything goes well."""
        ends = self.session(*clocks_hz, **options)
        assert all(isinstance(end, RunFinished) for end in ends), ends
        return [end.record for end in ends if isinstance(end, RunFinished)]

    def refused(self, *clocks_hz: float) -> TinylabError:
        """Why the only run of a session came to nothing."""
        [end] = self.session(*clocks_hz, inferences=20)
        assert isinstance(end, RunFailed)
        return end.error

    def only_on_a_virtual_bus(self, what: str) -> VirtualStLink:
        """The virtual probe; on silicon the test is left out, and says why."""
        if self.device is None:
            pytest.skip(f"{what} can be played on a virtual bus only; docs/silicon.md: by hand")
        return self.device


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """A probe that is not there is told once, before any scenario."""
    probe = config.getoption("probe")
    if probe is not None:
        find(probe, usb_bus())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "station" in metafunc.fixturenames:
        probe = metafunc.config.getoption("probe")
        where = VIRTUAL if probe is None else (f"probe {probe}",)
        metafunc.parametrize("where", where, scope="function")


@pytest.fixture
def station(
    where: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Rig]:
    probe = request.config.getoption("probe")
    with Store.open(tmp_path / "results.sqlite") as store:
        if probe is not None:
            bus = usb_bus()
            board, serial = find(probe, bus)
            yield Rig(board, serial, bus, store)
            return
        virtual, board = VirtualBus(), by_name(where)
        with plugged(virtual, board) as device:
            trust_the_clock_of(device, monkeypatch)
            yield Rig(board, device.descriptor.serial_number, virtual, store, device)


def find(serial: str, bus: IBackend) -> tuple[Board, str]:
    """The board behind the probe of that serial number, found as the product finds it.

    Raises pytest.UsageError when there is none that can be used.
    """
    probes = [one for one in list_probes(bus) if not one.simulated]
    found = [one for one in probes if one.unique_id.lower() == serial.lower()]
    if not found:
        there = ", ".join(one.unique_id for one in probes) or "none"
        raise pytest.UsageError(f"There is no probe {serial}. Plugged in: {there}.")
    [one] = found
    if one.problem is not None or one.board_name is None:
        why = one.problem or f"Its board id {one.board_id} is not in the catalogue."
        raise pytest.UsageError(f"Probe {serial} cannot be used. {why} {one.remedy or ''}")
    return by_name(one.board_name), one.unique_id
