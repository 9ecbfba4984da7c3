"""What the doctor says of a computer: each check by itself, on made-up surroundings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.screens.test_screens_selection import probe
from tinylab.bench.doctor import packs, probes, st_tools, terminal, tools, usb
from tinylab.bench.doctor.check import (
    Check,
    CheckState,
    DoctorContext,
    Examination,
    at_fault,
    summary,
)
from tinylab.bench.doctor.examination import examine
from tinylab.bench.doctor.terminal_facts import Terminal, here
from tinylab.errors import StationError
from tinylab.probe import udev
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import PERMISSION_REMEDY, Trouble

GOOD = Terminal(120, 40, True, "xterm-256color", "256 colours", False, "utf-8")
WELL = probe("nucleo_wb55rg#066AFF", serial_port=None, target_volts=3.3)
DENIED = probe(
    "nucleo_wb55rg#066AFF",
    problem="No permission to open probe 066AFF.",
    remedy=PERMISSION_REMEDY,
    trouble=Trouble.NO_PERMISSION,
)


def around(*found: ProbeInfo, at: Terminal = GOOD) -> DoctorContext:
    return DoctorContext(lambda: found, at)


def one(examination: Examination, surroundings: DoctorContext) -> Check:
    [check] = examination(surroundings)
    return check


def without_usb() -> tuple[ProbeInfo, ...]:
    raise StationError("No USB library was found.", remedy="Install libusb.")


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is not root, on Linux, in no group that matters."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: [1000])


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretends that these rule files are installed."""

    def install(*paths: str) -> None:
        monkeypatch.setattr(udev, "installed", lambda: tuple(map(Path, paths)))

    install()
    return install


# The whole of it


def test_everything_is_looked_at_and_nothing_raises() -> None:
    checks = list(examine(lambda: (), GOOD))
    assert {"compiler", "PlatformIO", "TensorFlow", "USB access", "terminal"} <= {
        check.name for check in checks
    }
    assert all(check.reason for check in checks)
    assert all(
        check.remedy for check in checks if check.state in (CheckState.WARNING, CheckState.FAULT)
    )


def test_a_check_that_fails_keeps_no_other_from_being_made() -> None:
    def broken(surroundings: DoctorContext) -> Iterator[Check]:
        raise ZeroDivisionError("division by zero")

    def refused(surroundings: DoctorContext) -> Iterator[Check]:
        raise StationError("No.", remedy="Ask again.")

    checks = list(
        examine(lambda: (), GOOD, {"first": broken, "second": refused, "third": terminal.examine})
    )
    assert [check.state for check in checks] == [CheckState.FAULT, CheckState.FAULT, CheckState.OK]
    assert "ZeroDivisionError" in checks[0].reason
    assert (checks[1].name, checks[1].reason, checks[1].remedy) == ("second", "No.", "Ask again.")
    assert at_fault(checks)
    assert summary(checks) == "Faults: 2."


def test_probes_are_looked_for_once() -> None:
    looks = []

    def look() -> tuple[ProbeInfo, ...]:
        looks.append(1)
        return (WELL,)

    list(examine(look, GOOD))
    assert len(looks) == 1


def test_without_a_usb_library_that_alone_is_told() -> None:
    checks = {check.name: check for check in examine(without_usb, GOOD)}
    assert checks["USB access"].state is CheckState.FAULT
    assert checks["USB access"].remedy == "Install libusb."
    assert checks["probes"].state is CheckState.NOT_NEEDED


def test_virtual_probes_are_no_probes() -> None:
    assert around(replace(WELL, simulated=True)).probes == ()


# What builds and reads


def test_a_missing_compiler_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TINYLAB_ARM_TOOLCHAIN", str(tmp_path))
    check = one(tools.compiler, around())
    assert check.state is CheckState.FAULT
    assert str(tmp_path) in check.reason
    assert "apt-get install gcc-arm-none-eabi" in check.remedy


def test_the_compiler_that_builds_use_is_told_with_its_version() -> None:
    check = one(tools.compiler, around())
    assert check.state is CheckState.OK
    assert "arm-none-eabi-gcc " in check.reason


@pytest.mark.parametrize("examination", [tools.platformio, tools.model_files])
def test_packages_that_are_not_installed_are_a_fault(
    examination: Examination, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one(examination, around()).state is CheckState.OK
    monkeypatch.setattr(tools, "find_spec", lambda name: None)
    check = one(examination, around())
    assert check.state is CheckState.FAULT
    assert "not installed" in check.reason
    assert "pip install" in check.remedy


def test_without_tensorflow_it_is_told_what_it_would_be_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tools, "_is_installed", lambda package: package != "tensorflow")
    check = one(tools.tensorflow, around())
    assert check.state is CheckState.NOT_NEEDED
    assert check.reason.startswith("tensorflow is not installed.")
    assert "--check-with-keras" in check.reason
    assert check.remedy == 'pip install "tinylab[keras]"'
    assert not at_fault([check])


def test_tensorflow_is_not_imported() -> None:
    one(tools.tensorflow, around())
    assert "tensorflow" not in sys.modules


# What is plugged in


@pytest.mark.usefixtures("user")
def test_a_probe_without_permission_is_a_fault_with_the_command(
    rules: Callable[..., None],
) -> None:
    check = one(usb.access, around(DENIED))
    assert check.state is CheckState.FAULT
    assert udev.COMMAND in check.remedy
    check = one(usb.rule, around(DENIED))
    assert (check.state, check.remedy) == (CheckState.FAULT, "See USB access.")


@pytest.mark.usefixtures("user")
def test_no_rule_is_a_warning_while_nothing_is_plugged_in(rules: Callable[..., None]) -> None:
    check = one(usb.rule, around())
    assert check.state is CheckState.WARNING
    assert udev.COMMAND in check.remedy
    assert one(usb.rule, around(WELL)).state is CheckState.NOT_NEEDED


@pytest.mark.usefixtures("user")
def test_a_rule_that_does_not_help_is_a_fault(rules: Callable[..., None]) -> None:
    rules("/etc/udev/rules.d/49-stlink.rules")
    assert one(usb.rule, around(WELL)).state is CheckState.OK
    check = one(usb.rule, around(DENIED))
    assert check.state is CheckState.FAULT
    assert "plugdev" in check.remedy


def test_root_and_other_systems_need_no_rule(
    rules: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert one(usb.rule, around()).state is CheckState.NOT_NEEDED
    monkeypatch.setattr(sys, "platform", "darwin")
    assert one(usb.rule, around()).state is CheckState.NOT_NEEDED


@pytest.mark.usefixtures("user")
def test_serial_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = tmp_path / "ttyACM0"
    port.touch()
    with_port = around(replace(WELL, serial_port=str(port)))
    assert one(usb.serial_ports, with_port).state is CheckState.OK
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    check = one(usb.serial_ports, with_port)
    assert check.state is CheckState.WARNING
    assert str(port) in check.reason
    assert check.remedy.startswith("sudo usermod -aG ")
    assert one(usb.serial_ports, around()).state is CheckState.WARNING
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert one(usb.serial_ports, around()).state is CheckState.NOT_NEEDED


def test_serial_ports_of_other_systems_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert one(usb.serial_ports, around(replace(WELL, serial_port="COM3"))).state is CheckState.OK
    assert one(usb.serial_ports, around()).state is CheckState.NOT_NEEDED


def test_each_probe_is_told() -> None:
    busy = replace(WELL, unique_id="066B", trouble=Trouble.IN_USE, problem="In use.", remedy="!")
    locked = replace(WELL, unique_id="066C", trouble=Trouble.READ_PROTECTED, problem="Locked.")
    first, second, third = probes.examine(around(WELL, busy, locked))
    assert (first.name, first.state) == ("probe 066AFF", CheckState.OK)
    for words in ("nucleo_wb55rg", "V2J45M31", "no serial port", "3.3 V", "flash unknown"):
        assert words in first.reason
    assert (second.state, second.reason, second.remedy) == (CheckState.WARNING, "In use.", "!")
    assert (third.state, third.reason) == (CheckState.FAULT, "Locked.")


# Boards and ST's tools


def test_every_board_of_the_catalogue_can_be_programmed() -> None:
    check = one(packs.examine, around())
    assert check.state is CheckState.OK
    assert "pyOCD's own: nucleo_f767zi" in check.reason
    ours = check.reason.partition("tinylab's: ")[2]
    assert "nucleo_wb55rg" in ours


def test_a_board_whose_part_nobody_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = Path(__file__).parents[2] / "fakes" / "boards" / "nucleo_f411re.toml"
    (tmp_path / "boards").mkdir()
    text = known.read_text().replace('pyocd_target = "', 'pyocd_target = "nothing_of_')
    (tmp_path / "boards" / "mine.toml").write_text(text.replace("nothing_of_tinylab_", "strange_"))
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path))
    check = one(packs.examine, around())
    assert check.state is CheckState.FAULT
    assert "(nucleo_f411re)" in check.reason
    assert "pyocd pack install" in check.remedy


def test_a_broken_board_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "broken.toml").write_text("name =")
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path))
    broken, others = packs.examine(around())
    assert broken.state is CheckState.FAULT
    assert "broken.toml" in broken.reason
    assert "move it out of that folder" in broken.remedy
    assert others.state is CheckState.OK, "the other boards are examined all the same"


def executable(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.touch()
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A computer with none of ST's tools."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("STEDGEAI_CORE_DIR", raising=False)
    monkeypatch.delenv("X_CUBE_AI_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(st_tools, "PROGRAMMER_PLACES", ())
    return tmp_path


def test_without_sts_tools_nothing_is_wrong(bare: Path) -> None:
    ai, programmer = st_tools.examine(around())
    assert (ai.state, programmer.state) == (CheckState.NOT_NEEDED, CheckState.NOT_NEEDED)
    assert "`--runtime tinylab` does not need the tool" in ai.reason


@pytest.mark.parametrize("name", ["stedgeai", "stm32ai"])
def test_sts_tools_on_the_path(name: str, bare: Path) -> None:
    executable(bare / "bin", name)
    executable(bare / "bin", "STM32_Programmer_CLI")
    ai, programmer = st_tools.examine(around())
    assert (ai.state, programmer.state) == (CheckState.OK, CheckState.OK)
    assert ai.reason == str(bare / "bin" / name)


def test_the_folder_that_stedgeai_core_dir_names(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("STEDGEAI_CORE_DIR", str(bare / "2.0"))
    check = next(st_tools.examine(around()))
    assert check.state is CheckState.WARNING
    assert str(bare / "2.0") in check.reason
    found = executable(bare / "2.0" / "Utilities" / "linux", "stedgeai")
    check = next(st_tools.examine(around()))
    assert (check.state, check.reason) == (CheckState.OK, str(found))


# The terminal


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, CheckState.OK, "120 x 40, 256 colours, utf-8"),
        ({"no_color": True}, CheckState.OK, "no colours (NO_COLOR is set)"),
        ({"interactive": False}, CheckState.NOT_NEEDED, "a pipe"),
        ({"columns": 79}, CheckState.WARNING, "79 x 40"),
        ({"rows": 20}, CheckState.WARNING, "120 x 20"),
        ({"encoding": "ascii"}, CheckState.WARNING, "ascii"),
        ({"encoding": "UTF8"}, CheckState.OK, "UTF8"),
        ({"kind": "dumb"}, CheckState.WARNING, "120 x 40"),
    ],
)
def test_terminals(changes: dict[str, object], state: CheckState, words: str) -> None:
    check = one(terminal.examine, around(at=replace(GOOD, **changes)))  # type: ignore[arg-type]
    assert check.state is state
    assert words in check.reason
    assert bool(check.remedy) == (state is CheckState.WARNING)


@pytest.mark.parametrize(
    ("kind", "hint", "colours"),
    [
        ("xterm-256color", "", "256 colours"),
        ("xterm-256color", "truecolor", "16 million colours"),
        ("xterm", "", "16 colours"),
        ("dumb", "", "no colours"),
    ],
)
def test_colours_are_what_the_terminal_says(
    kind: str, hint: str, colours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("COLORTERM", hint)
    assert here((100, 30)).colours == colours
    assert here((100, 30)).interactive
