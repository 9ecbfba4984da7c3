"""`tinylab probes`, with boards on the virtual bus that play real ones."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from os import terminal_size

import pytest

from tests.fakes.stations import plugged
from tinylab.boards.catalog import by_name
from tinylab.cli import probes
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.probe.discovery import list_probes
from tinylab.sim.peripherals.flash.option_bytes import PROTECTED
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

NARROW = 80


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One board in good health, one that is protected, one that must not be opened."""
    bus = VirtualBus()
    with ExitStack() as boards:
        boards.enter_context(plugged(bus, by_name("nucleo_wb55rg")))
        locked = boards.enter_context(plugged(bus, by_name("nucleo_h723zg")))
        locked.machine.part.flash.rdp = PROTECTED
        boards.enter_context(plugged(bus, by_name("nucleo_f767zi"))).denied = True
        monkeypatch.setattr(probes, "_everything", lambda: list_probes(bus))
        yield


def test_the_table_has_power_lock_and_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probes"]) == ExitCode.OK
    told = capsys.readouterr()
    well = next(line for line in told.out.splitlines() if "nucleo_wb55rg" in line)
    assert well.split()[2:] == [
        "V2J45M31", "0660WB55RG00000000000000", "-", "3.3", "V", "open", "ready",
    ]  # fmt: skip
    locked = next(line for line in told.out.splitlines() if "nucleo_h723zg" in line)
    assert locked.split()[-2:] == ["locked", "read-protected"]
    assert "no permission" in told.out
    assert "sudo tee /etc/udev/rules.d/70-st-link.rules" in told.err
    assert "--unlock --yes` removes the protection" in told.err


def test_a_narrow_terminal_gets_lines_that_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((NARROW, 24)))
    assert main(["probes"]) == ExitCode.OK
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= NARROW
    assert "nucleo_wb55rg: ready" in text
    assert "power 3.3 V  flash open" in text
    assert "V2J45M31, from 2025-05-26 or earlier; V2J46 is newer" in text


def test_json_has_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probes", "--json"]) == ExitCode.OK
    rows = {row["board_name"]: row for row in json.loads(capsys.readouterr().out)}
    well, locked, denied = rows["nucleo_wb55rg"], rows["nucleo_h723zg"], rows[None]
    assert (well["state"], well["lock"], well["target_volts"]) == ("ready", "open", 3.3)
    assert well["chip"] == {
        "device_id": 0x495,
        "cpuid": 0x410FC241,
        "read_protection": "level 0",
    }
    assert well["firmware_age"]["newest"] == "V2J46"
    assert (locked["trouble"], locked["lock"]) == ("read-protected", "locked")
    assert (denied["trouble"], denied["lock"], denied["chip"]) == ("no permission", "unknown", None)
