"""A listing with probes that are held, denied, unpowered, nameless, silent, or unplugged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.stations import station
from tests.virtual.probe.plugging import only, plug
from tinylab.boards.catalog import by_name
from tinylab.probe import usb_sysfs
from tinylab.probe.discovery import list_probes
from tinylab.probe.error_mapping import Trouble
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.usb_device import VIRTUAL_BUS_NUMBER

WB, F4 = by_name("nucleo_wb55rg"), by_name("nucleo_f446re")


def test_a_board_without_power(bus: VirtualBus, desk: ExitStack) -> None:
    plug(bus, desk, WB).powered = False
    probe = only(bus)
    assert (probe.trouble, probe.target_volts) == (Trouble.NO_POWER, 0.0)
    assert "has no power: 0.0 V" in str(probe.problem)
    assert "jumpers" in str(probe.remedy)
    assert probe.board_name == WB.name


def test_the_program_that_holds_a_probe_is_named(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    device.claimed_elsewhere = True
    assert "in use by another program" in str(only(bus).problem)
    (tmp_path / "4711" / "fd").mkdir(parents=True)
    (tmp_path / "4711" / "comm").write_text("STM32_Programme\n")
    node = usb_sysfs.node(VIRTUAL_BUS_NUMBER, device.address)
    (tmp_path / "4711" / "fd" / "5").symlink_to(node)
    monkeypatch.setattr(usb_sysfs, "PROCESSES", tmp_path)
    probe = only(bus)
    assert probe.trouble is Trouble.IN_USE
    assert "in use by STM32_Programme (process 4711)" in str(probe.problem)


def test_a_denied_probe_is_known_by_what_the_system_tells(
    bus: VirtualBus, desk: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    device.denied = True
    assert only(bus).has_no_serial
    where = f"{VIRTUAL_BUS_NUMBER}-{device.address}"
    (tmp_path / where).mkdir()
    (tmp_path / where / "serial").write_text(f"{device.descriptor.serial_number}\n")
    monkeypatch.setattr(usb_sysfs, "SYSFS", tmp_path)
    probe = only(bus)
    assert probe.unique_id == device.descriptor.serial_number
    assert probe.trouble is Trouble.NO_PERMISSION
    assert "sudo tee /etc/udev/rules.d/70-st-link.rules" in str(probe.remedy)


def test_a_probe_without_a_serial_number_ends_no_listing(bus: VirtualBus, desk: ExitStack) -> None:
    device = plug(bus, desk, WB)
    device.descriptor = replace(device.descriptor, serial_number="")
    plug(bus, desk, F4, number=1)
    nameless, well = sorted(list_probes(bus), key=lambda probe: not probe.has_no_serial)
    assert (nameless.trouble, well.trouble) == (Trouble.NO_ANSWER, None)
    assert nameless.problem


class Commands:
    """Counts what a probe is told, and does something at one of the commands."""

    def __init__(self, device: VirtualStLink, at: int, fault: Callable[[], None]) -> None:
        self.count = 0
        self._at, self._fault = at, fault
        self._honest = device.bulk_out

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        self.count += 1
        if self.count == self._at:
            self._fault()
        self._honest(endpoint, data)


def commands_of_a_look() -> int:
    with station(WB) as (bus, device):
        told = Commands(device, 0, lambda: None)
        device.bulk_out = told.bulk_out  # type: ignore[method-assign]
        list_probes(bus)
        return told.count


@pytest.mark.parametrize("at", range(1, commands_of_a_look() + 1))
def test_unplugged_at_any_moment_of_the_look(at: int, bus: VirtualBus, desk: ExitStack) -> None:
    device = plug(bus, desk, WB)
    told = Commands(device, at, lambda: bus.unplug(device))
    device.bulk_out = told.bulk_out  # type: ignore[method-assign]
    probe = only(bus)
    assert probe.unique_id == device.descriptor.serial_number
    bus.plug(device)
    assert only(bus).problem is None


@pytest.mark.parametrize("size", [0, 1, None], ids=["empty", "short", "none"])
def test_a_probe_that_answers_with_too_little(
    size: int | None, bus: VirtualBus, desk: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = plug(bus, desk, WB)
    honest = device.bulk_in

    def cut(endpoint: int, wanted: int) -> bytes | None:
        answer = honest(endpoint, wanted)
        return answer if answer is None or size is None else answer[:size]

    def none_at_all(endpoint: int, wanted: int) -> bytes | None:
        honest(endpoint, wanted)
        return None

    with monkeypatch.context() as broken:
        broken.setattr(device, "bulk_in", none_at_all if size is None else cut)
        probe = only(bus)
        assert probe.trouble is Trouble.NO_ANSWER
        assert probe.problem
    assert only(bus).problem is None
