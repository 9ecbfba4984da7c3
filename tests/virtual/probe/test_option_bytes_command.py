"""`tinylab option-bytes`: shows, says what it would do, and does it with --yes only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.lab import Desk, desk
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.option_bytes import PROTECTED
from tinylab.sim.peripherals.flash.options_h7 import OPTSR2

F446, H723 = by_name("nucleo_f446re"), by_name("nucleo_h723zg")


@pytest.fixture
def f446(tmp_path: Path) -> Iterator[Desk]:
    with desk(F446, tmp_path) as scene:
        yield scene


@pytest.fixture
def h723(tmp_path: Path) -> Iterator[Desk]:
    with desk(H723, tmp_path) as scene:
        yield scene


def flash_of(scene: Desk) -> FlashController:
    return scene.device.machine.part.flash


def test_it_shows_what_there_is_and_changes_nothing(f446: Desk) -> None:
    flash_of(f446).options.protect(3, 5)
    ended = f446.run("option-bytes", f446.label)
    assert ended.code == ExitCode.OK
    assert "read-out protection level 0 (none)" in ended.said
    assert "sectors 3 to 5 (0x0800c000 to 0x0803ffff)" in ended.said
    assert "CPUFREQ_BOOST" not in ended.said
    assert f"`tinylab option-bytes {f446.label} --unlock` describes what" in ended.said
    assert flash_of(f446).options.attempts == 0


def test_json_has_all_of_it(h723: Desk) -> None:
    assert json.loads(h723.run("option-bytes", h723.label, "--json").said) == {
        "board": "nucleo_h723zg",
        "serial": h723.device.descriptor.serial_number,
        "read_out_protection": 0,
        "write_protected_sectors": [],
        "cpu_boost": True,
        "wireless_stack_sectors": [],
        "to_be_arranged": "",
        "obstacle": "",
    }


def test_without_yes_it_says_what_it_would_do(f446: Desk) -> None:
    flash_of(f446).rdp = PROTECTED
    flash_of(f446).options.protect(0, 0)
    ended = f446.run("option-bytes", f446.label, "--unlock")
    assert ended.code == ExitCode.INPUT
    assert "erases ALL of its flash" in ended.said
    assert "sector 0 (0x08000000 to 0x08003fff)" in ended.said.replace("Sector", "sector")
    assert "Nothing was changed; add --yes" in ended.said
    assert flash_of(f446).options.attempts == flash_of(f446).mass_erases == 0


def test_unlocking_says_first_what_it_does_and_shows_what_came_of_it(f446: Desk) -> None:
    flash_of(f446).rdp = PROTECTED
    ended = f446.run("option-bytes", f446.label, "--unlock", "--yes")
    assert ended.code == ExitCode.OK
    assert ended.said.index("erases ALL") < ended.said.index("level 0 (none)")
    assert flash_of(f446).mass_erases == 1
    again = f446.run("option-bytes", f446.label, "--unlock", "--yes")
    assert again.code == ExitCode.OK
    assert "erases" not in again.said
    assert flash_of(f446).options.changes == 1
    assert f446.bus.held == ()


def test_a_part_that_keeps_its_old_ones_is_told(
    f446: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silicon takes some of them over at a power cycle only."""
    options = flash_of(f446).options
    options.protect(0, 0)
    monkeypatch.setattr(options, "load", lambda: None)
    ended = f446.run("option-bytes", f446.label, "--unlock", "--yes")
    assert ended.code == ExitCode.LINK
    assert "did not load its new option bytes" in ended.said
    assert "Unplug the board, plug it in again" in ended.said


def test_a_controller_that_stays_locked_is_told(f446: Desk) -> None:
    options = flash_of(f446).options
    options.protect(0, 0)
    f446.patch.setattr(options.lock, "offer", lambda key: None)
    ended = f446.run("option-bytes", f446.label, "--unlock", "--yes")
    assert ended.code == ExitCode.LINK
    assert "the option bytes stay locked" in ended.said
    assert "STM32_Programmer_CLI" in ended.said


def test_the_boost_is_set_when_asked(h723: Desk) -> None:
    options = flash_of(h723).options
    options.cells[OPTSR2] = 0
    options.load()
    assert h723.run("option-bytes", h723.label, "--cpu-boost").code == ExitCode.INPUT
    assert options.attempts == 0
    ended = h723.run("option-bytes", h723.label, "--cpu-boost", "--yes")
    assert ended.code == ExitCode.OK
    assert "CPUFREQ_BOOST set" in ended.said


def test_a_part_without_the_boost_is_told(f446: Desk) -> None:
    refused = f446.run("option-bytes", f446.label, "--cpu-boost", "--yes")
    assert refused.code == ExitCode.INPUT
    assert "STM32F446RE has no option bit CPUFREQ_BOOST" in refused.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nucleo_f446re@16",), "does not accept clocks"),
        (("nucleo_f446re", "--yes"), "Add --unlock or --cpu-boost"),
        (("nucleo_f446",), "Did you mean nucleo_f446re"),
    ],
)
def test_words_that_make_no_sense(f446: Desk, arguments: tuple[str, ...], said: str) -> None:
    ended = f446.run("option-bytes", *arguments)
    assert ended.code == ExitCode.INPUT
    assert said in ended.said


def test_mass_erase_reaches_the_board_from_the_command_line(f446: Desk) -> None:
    last = f446.device.machine.memory.flash.size - 4
    f446.device.machine.memory.flash.buffer[last:] = b"mine"
    assert f446.measure().code == ExitCode.OK
    assert f446.device.machine.memory.flash.buffer[last:] == b"mine"
    asked = ("--headless", "--model", "house_price", "--inferences", "3", "--mass-erase")
    assert f446.run(*asked, "--on", f"{f446.label}@16").code == ExitCode.OK
    assert f446.device.machine.memory.flash.buffer[last:] == b"\xff" * 4
    assert flash_of(f446).options.attempts == 0
