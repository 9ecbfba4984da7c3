"""The doctor's page: what is wrong first, looked at again when something changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from tests.fakes.examined import CHECKS, examined
from tests.fakes.stations import plugged
from tests.screens.stage import Bench, play
from tinylab.bench.doctor.check import Check, CheckState
from tinylab.boards.catalog import by_name
from tinylab.probe import udev
from tinylab.probe.discovery import ProbeInfo
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = by_name("nucleo_wb55rg")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_faults_come_first_with_their_remedy(size: tuple[int, int]) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("Faults: 1; warnings: 1.")
        lines = [line for line in bench.text.splitlines() if line.strip()]
        assert "✗ fault" in lines[2]
        assert "USB access" in lines[2]
        signs = [line.split()[0] for line in lines if line.split()[0] in "✗!✓·"]
        assert signs == sorted(signs, key="✗!✓·".index)
        assert "sudo tee /etc/udev/rules.d/70-st-link.rules" in " ".join(bench.text.split())
        await bench.press("end")
        await bench.sees("· not needed")
        await bench.press("escape")
        assert "Stations" in bench.text

    play(story, size=size, doctor=examined)


def test_it_opens_from_the_command_palette_too() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("ctrl+p")
        await bench.type("doctor")
        await bench.sees("Shows what is missing or not accessible")
        await bench.press("enter", "enter")
        await bench.sees("Faults: 1")

    play(story, doctor=examined)


def test_d_opens_it_once_and_closes_it() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("Faults: 1")
        await bench.press("d")
        await bench.until(lambda: "At fault" not in bench.text)
        assert "Stations" in bench.text

    play(story, doctor=examined)


def test_what_it_says_can_be_copied_whole() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("Faults: 1")
        await bench.press("c")
        assert udev.COMMAND in bench.app.clipboard
        assert all(check.reason in bench.app.clipboard for check in CHECKS)

    play(story, doctor=examined)


def test_r_looks_again() -> None:
    states = iter([CheckState.FAULT, CheckState.OK])

    def mending(probes: Sequence[ProbeInfo], size: tuple[int, int]) -> Iterator[Check]:
        yield Check("cable", next(states), "It is in." if states else "", "Plug it in.")

    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("Faults: 1.")
        await bench.press("r")
        await bench.sees("No faults.")

    play(story, doctor=mending)


def test_a_probe_that_comes_is_looked_at_and_opened_no_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = VirtualBus()
    opened: list[object] = []
    honest = bus.virtual.open_device

    def counted(device: object) -> object:
        opened.append(device)
        return honest(device)  # type: ignore[arg-type]

    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("No ST-Link is plugged in")
        with plugged(bus, WB) as device:
            await bench.sees("nucleo_wb55rg, V2J45M31", "3.3 V, flash open")
            looks = len(opened)
            monkeypatch.setattr(bus.virtual, "open_device", counted)
            await bench.press("r")
            await bench.until(lambda: "Looking" not in bench.text)
            await bench.sees("3.3 V, flash open")
            assert len(opened) == looks
            bus.unplug(device)
            await bench.sees("No ST-Link is plugged in")

    play(story, bus=bus, size=(120, 60))


def test_a_doctor_that_takes_long_is_left_behind() -> None:
    go_on = threading.Event()

    def slow(probes: Sequence[ProbeInfo], size: tuple[int, int]) -> Iterator[Check]:
        yield Check("first", CheckState.OK, "It is quick.")
        go_on.wait(20)
        yield Check("second", CheckState.FAULT, "It is slow.", "Wait.")

    async def story(bench: Bench) -> None:
        await bench.press("d")
        await bench.sees("Looking", "It is quick.")
        await bench.press("escape")
        assert "Stations" in bench.text
        go_on.set()
        await bench.pilot.pause(0.2)
        assert "It is slow." not in bench.text

    play(story, doctor=slow)
