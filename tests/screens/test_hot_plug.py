"""Probes that come, go, and cannot be opened, on the virtual bus; they play real ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.rivals import rival
from tests.fakes.stations import plugged, trust_the_clock_of, trust_the_clocks_of
from tests.screens.stage import Bench, play
from tinylab.bench.plan.events import Event
from tinylab.bench.plan.plan import Plan
from tinylab.bench.session.session import run
from tinylab.boards.catalog import by_name
from tinylab.results.store import Store
from tinylab.screens.app_context import SessionOf
from tinylab.screens.widgets.stations import StationList
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")


@pytest.fixture
def bus() -> VirtualBus:
    return VirtualBus()


@pytest.fixture
def session(bus: VirtualBus) -> SessionOf:
    """The real one, on that bus."""

    def measure(plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
        return run(plan, store=store, cancelled=cancelled, bus=bus)

    return measure


@pytest.fixture
def selection() -> Iterator[ExitStack]:
    with ExitStack() as boards:
        yield boards


def test_plugging_and_unplugging_shows_and_the_cursor_stays(
    bus: VirtualBus, selection: ExitStack
) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("s", "home", "down")
        assert bench.app.bench.query_one(StationList).key == "sim:nucleo_h723zg"
        device = selection.enter_context(plugged(bus, WB))
        serial = device.descriptor.serial_number
        await bench.sees(" nucleo_wb55rg ")
        assert " ready" in bench.line(" nucleo_wb55rg ")
        assert f"V2J45M31  #…{serial[-6:]}" in bench.text
        assert "3.3 V  flash open" in bench.text
        assert "[x] nucleo_wb55rg" in bench.text, "an attached board is the plan"
        assert "[ ] sim:nucleo_wb55rg" in bench.text
        assert bench.app.bench.query_one(StationList).key == "sim:nucleo_h723zg"
        bus.unplug(device)
        await bench.sees("unplugged")
        assert "! not usable" in bench.line(" nucleo_wb55rg ")
        assert bench.app.bench.query_one(StationList).key == "sim:nucleo_h723zg"
        bus.plug(device)
        await bench.until(lambda: "unplugged" not in bench.text)

    play(story, bus=bus)


@pytest.mark.parametrize(
    ("fault", "word", "reason", "remedy"),
    [
        (
            "denied",
            "no permission",
            "No permission to open probe",
            "/etc/udev/rules.d/70-st-link.rules",
        ),
        ("claimed_elsewhere", "in use", "is in use by another program", "Close the other program"),
    ],
)
def test_a_probe_that_cannot_be_opened_is_listed_with_reason_and_remedy(
    bus: VirtualBus, selection: ExitStack, fault: str, word: str, reason: str, remedy: str
) -> None:
    async def story(bench: Bench) -> None:
        device = selection.enter_context(plugged(bus, WB))
        setattr(device, fault, True)
        await bench.sees(f"! {word}")
        await bench.press("s", "home")
        assert reason in bench.prose("#stations")
        assert remedy in bench.prose("#stations")
        await bench.press("r")
        assert reason in bench.trouble
        assert remedy in bench.trouble
        await bench.press("escape")
        setattr(device, fault, False)
        await bench.sees(" nucleo_wb55rg ", " ready")

    play(story, bus=bus)


def test_a_probe_that_loses_its_permission_is_there_once(
    bus: VirtualBus, selection: ExitStack
) -> None:
    async def story(bench: Bench) -> None:
        device = selection.enter_context(plugged(bus, WB))
        device.claimed_elsewhere = True
        await bench.sees("! in use")
        device.denied = True
        await bench.sees("! no permission")
        assert bench.text.count("unknown ST-Link") == 1
        assert "unplugged" not in bench.text

    play(story, bus=bus)


def test_a_probe_that_another_tinylab_has_is_in_use_until_that_one_is_done(
    bus: VirtualBus, selection: ExitStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was ready before, and is again afterwards, with nothing plugged or pressed."""
    monkeypatch.setenv("TINYLAB_STATE_DIR", str(tmp_path / "state"))

    async def story(bench: Bench) -> None:
        serial = selection.enter_context(plugged(bus, WB)).descriptor.serial_number
        await bench.sees(" nucleo_wb55rg ", " ready")
        await bench.press("s", "home")
        with rival(bus, serial) as other:
            await bench.sees("! in use")
            said = f"measuring house_price in another tinylab (process {other.pid}"
            assert said in bench.prose("#stations")
            await bench.press("r")
            assert said in bench.trouble
            assert "stop that process" in bench.trouble
            await bench.press("escape")
            other.kill()
            await bench.until(lambda: "in use" not in bench.text)
        assert " ready" in bench.line(" nucleo_wb55rg ")

    play(story, bus=bus)


def test_the_line_under_the_cursor_tells_the_age_of_the_probes_firmware(
    bus: VirtualBus, selection: ExitStack
) -> None:
    async def story(bench: Bench) -> None:
        selection.enter_context(plugged(bus, WB))
        await bench.sees(" nucleo_wb55rg ")
        await bench.press("s", "home")
        assert "Probe firmware from 2025-05-26 or earlier" in bench.prose("#stations")

    play(story, bus=bus)


def test_two_boards_are_measured_by_one_key_and_fill_the_tables_together(
    bus: VirtualBus, selection: ExitStack, session: SessionOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(bench: Bench) -> None:
        devices = [selection.enter_context(plugged(bus, board)) for board in (WB, H7)]
        trust_the_clocks_of(devices, monkeypatch)
        await bench.sees("[x] nucleo_wb55rg", "[x] nucleo_h723zg")
        await bench.press("o", "tab")
        await bench.type("5")
        await bench.press("escape", "m", "home", "down", "enter", "down", "enter", "R")
        await bench.ended()
        document = bench.app.bench.document
        assert document is not None
        assert {(row.model, row.serial) for row in document.rows} == {
            ("house_price", device.descriptor.serial_number) for device in devices
        }

    play(story, session, bus=bus)


def test_a_run_on_a_board_ends_in_the_tables(
    bus: VirtualBus, selection: ExitStack, session: SessionOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(bench: Bench) -> None:
        device = selection.enter_context(plugged(bus, WB))
        trust_the_clock_of(device, monkeypatch)
        await bench.sees(" nucleo_wb55rg ")
        await bench.press("s", "home", "o", "tab")
        await bench.type("5")
        await bench.press("escape", "r")
        await bench.ended()
        document = bench.app.bench.document
        assert document is not None
        [row] = document.rows
        assert (row.board, row.serial) == (WB.name, device.descriptor.serial_number)
        assert not row.simulated
        assert "SIM" not in bench.line("predict house price")

    play(story, session, bus=bus)


def test_unplugging_in_mid_run_ends_in_a_message_and_a_usable_screen(
    bus: VirtualBus, selection: ExitStack, session: SessionOf
) -> None:
    async def story(bench: Bench) -> None:
        device = selection.enter_context(plugged(bus, WB))
        await bench.sees(" nucleo_wb55rg ")
        await bench.press("s", "home", "m", "end", "r")
        await bench.sees("measure ▶")
        bus.unplug(device)
        await bench.ended()
        assert "was unplugged" in bench.trouble
        assert "plug the probe in again" in bench.trouble
        await bench.press("escape")
        await bench.sees("unplugged")
        bus.plug(device)
        await bench.until(lambda: "unplugged" not in bench.line(" nucleo_wb55rg "))
        await bench.press("s", "end", "m", "home", "r")
        await bench.ended()
        assert "s SIM" in bench.line("predict house price")

    play(story, session, bus=bus)


def test_without_any_usb_library_virtual_boards_still_work() -> None:
    from tinylab.errors import StationError

    async def story(bench: Bench) -> None:
        await bench.until(lambda: "USB library" in bench.text)
        assert "Install libusb" in bench.trouble
        await bench.press("escape")
        await bench.run_all()
        assert "0.719 ms SIM" in bench.text

    class NoLibrary(VirtualBus):
        def enumerate_devices(self) -> Iterator[object]:
            raise StationError("No USB library was found.", remedy="Install libusb 1.0.")

    play(story, bus=NoLibrary())
