"""What the doctor makes of each trouble of a probe, a port and a terminal, at its edges."""

from __future__ import annotations

import grp
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.bench.test_doctor import DENIED, GOOD, WELL, around, one
from tinylab.bench.doctor import probes, terminal, terminal_facts, usb
from tinylab.bench.doctor.check import Check, CheckState, DoctorContext, at_fault, summary
from tinylab.errors import InputError, StationError
from tinylab.probe import udev
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import NO_LIBUSB_REMEDY, Trouble
from tinylab.probe.probe_firmware import age

# Summaries

FAULT, WARNING = Check("a", CheckState.FAULT, "broken"), Check("b", CheckState.WARNING, "odd")
FINE, UNUSED = Check("c", CheckState.OK, "fine"), Check("d", CheckState.NOT_NEEDED, "none")


@pytest.mark.parametrize(
    ("checks", "fault", "said"),
    [
        ([], False, "No faults."),
        ([FINE, UNUSED], False, "No faults."),
        ([FINE, WARNING], False, "No faults; warnings: 1."),
        ([FAULT, FINE], True, "Faults: 1."),
        ([FAULT, WARNING, FAULT, WARNING, WARNING], True, "Faults: 2; warnings: 3."),
    ],
)
def test_faults_and_warnings_are_counted(checks: list[Check], fault: bool, said: str) -> None:
    assert at_fault(checks) is fault
    assert summary(checks) == said


# Probes


def failing(error: Exception) -> DoctorContext:
    def look() -> tuple[ProbeInfo, ...]:
        raise error

    return DoctorContext(look, GOOD)


def test_without_usb_no_probe_is_looked_for() -> None:
    assert one(probes.examine, failing(StationError("No USB."))).state is CheckState.NOT_NEEDED


def test_whatever_else_keeps_probes_from_being_listed_is_a_fault() -> None:
    check = one(probes.examine, failing(InputError("A board file is broken.", remedy="Mend it.")))
    assert (check.name, check.state) == ("probes", CheckState.FAULT)
    assert (check.reason, check.remedy) == ("A board file is broken.", "Mend it.")


def test_no_probe_is_no_fault() -> None:
    assert one(probes.examine, around()).state is CheckState.NOT_NEEDED


STATES = {
    Trouble.NO_PERMISSION: CheckState.FAULT,
    Trouble.IN_USE: CheckState.WARNING,
    Trouble.UNPLUGGED: CheckState.FAULT,
    Trouble.OLD_FIRMWARE: CheckState.FAULT,
    Trouble.NO_POWER: CheckState.FAULT,
    Trouble.READ_PROTECTED: CheckState.FAULT,
    Trouble.UNKNOWN_BOARD: CheckState.WARNING,
    Trouble.UNSUPPORTED: CheckState.FAULT,
    Trouble.NO_ANSWER: CheckState.WARNING,
}


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_of_a_probe(trouble: Trouble) -> None:
    troubled = replace(WELL, trouble=trouble, problem="It is so.", remedy="Do this.")
    check = one(probes.examine, around(troubled))
    assert (check.name, check.state) == ("probe 066AFF", STATES[trouble])
    assert check.reason == "It is so."
    assert check.remedy == ("See USB access." if trouble is Trouble.NO_PERMISSION else "Do this.")


def test_a_remark_is_told_where_there_is_no_problem() -> None:
    strange = replace(WELL, trouble=Trouble.UNKNOWN_BOARD, remark="Not in the catalogue.")
    check = one(probes.examine, around(strange))
    assert (check.reason, check.remedy) == ("Not in the catalogue.", "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nucleo_wb55rg, V2J45M31, no serial port, 3.3 V, flash unknown"),
        (
            {"firmware": None, "target_volts": None, "serial_port": "/dev/ttyACM0"},
            "nucleo_wb55rg, unknown firmware, /dev/ttyACM0, unknown voltage, flash unknown",
        ),
        (
            {"firmware_age": age("V2J46M33")},
            "nucleo_wb55rg, V2J45M31 (from 2025-05-26 or earlier, the newest known version), "
            "no serial port, 3.3 V, flash unknown",
        ),
    ],
)
def test_what_is_told_of_a_probe_in_good_health(changes: dict[str, object], said: str) -> None:
    check = one(probes.examine, around(replace(WELL, **changes)))  # type: ignore[arg-type]
    assert (check.state, check.reason, check.remedy) == (CheckState.OK, said, "")


# USB


@pytest.mark.parametrize(
    ("denied", "said"),
    [(1, "One ST-Link cannot be opened."), (2, "2 ST-Links cannot be opened.")],
)
def test_probes_that_may_not_be_opened_are_counted(denied: int, said: str) -> None:
    check = one(usb.access, around(WELL, *[DENIED] * denied))
    assert (check.state, check.reason) == (CheckState.FAULT, said)
    assert check.remedy == DENIED.remedy


def test_probes_that_may_be_opened_are_counted() -> None:
    busy = replace(WELL, trouble=Trouble.IN_USE)
    check = one(usb.access, around(WELL, busy))
    assert check.state is CheckState.OK
    assert check.reason.endswith(": 2.")


def test_without_libusb_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb, "libusb", lambda: None)
    check = one(usb.access, around())
    assert (check.state, check.remedy) == (CheckState.FAULT, NO_LIBUSB_REMEDY)


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the user be in these groups, of those that there are on this Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(udev, "installed", lambda: ())

    def be(*mine: str, of: tuple[str, ...] = ("users", "dialout")) -> None:
        numbers = {name: 100 + number for number, name in enumerate(of)}

        def named(name: str) -> SimpleNamespace:
            return SimpleNamespace(gr_gid=numbers[name])

        monkeypatch.setattr(grp, "getgrnam", named)
        monkeypatch.setattr(os, "getgroups", lambda: [numbers[name] for name in mine])

    be()
    return be


@pytest.mark.parametrize(
    ("groups", "mine", "state", "command"),
    [
        (("users", "dialout"), (), CheckState.WARNING, "usermod -aG dialout "),
        (("users", "uucp"), (), CheckState.WARNING, "usermod -aG uucp "),
        (("users", "dialout"), ("users",), CheckState.WARNING, "usermod -aG dialout "),
        (("users", "dialout"), ("dialout",), CheckState.NOT_NEEDED, ""),
        (("users", "uucp"), ("uucp",), CheckState.NOT_NEEDED, ""),
        (("users",), ("users",), CheckState.WARNING, "usermod -aG dialout "),
    ],
)
def test_who_may_use_serial_ports(
    groups: tuple[str, ...],
    mine: tuple[str, ...],
    state: CheckState,
    command: str,
    somebody: Callable[..., None],
) -> None:
    somebody(*mine, of=groups)
    check = one(usb.serial_ports, around())
    assert check.state is state
    assert command in check.remedy
    assert bool(check.remedy) is bool(command)


def test_the_group_of_a_port_that_is_shut_is_named(
    somebody: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One port that is open does not make up for it."""
    open_, shut = tmp_path / "ttyACM0", tmp_path / "ttyACM1"
    open_.touch()
    shut.touch()
    monkeypatch.setattr(os, "access", lambda path, mode: path == str(open_))
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_name="plugdev"))
    probes_ = [replace(WELL, serial_port=str(port)) for port in (open_, shut)]
    check = one(usb.serial_ports, around(WELL, *probes_))
    assert (check.state, check.reason) == (CheckState.WARNING, f"Your user cannot open {shut}.")
    assert "usermod -aG plugdev " in check.remedy
    check = one(usb.serial_ports, around(*probes_[:1]))
    assert (check.state, check.reason) == (CheckState.OK, str(open_))


@pytest.mark.usefixtures("somebody")
def test_without_a_rule_probes_that_cannot_be_opened_are_a_fault() -> None:
    assert one(usb.rule, around(WELL, DENIED)).state is CheckState.FAULT
    assert one(usb.rule, around()).state is CheckState.WARNING
    assert one(usb.rule, around(WELL)).state is CheckState.NOT_NEEDED


# The terminal


@pytest.mark.parametrize(
    ("columns", "rows", "state"),
    [(80, 24, CheckState.OK), (79, 24, CheckState.WARNING), (80, 23, CheckState.WARNING)],
)
def test_the_smallest_terminal(columns: int, rows: int, state: CheckState) -> None:
    assert (
        one(terminal.examine, around(at=replace(GOOD, columns=columns, rows=rows))).state is state
    )


def test_all_that_a_terminal_lacks_is_told() -> None:
    bad = replace(GOOD, columns=40, kind="", encoding="ascii")
    remedy = one(terminal.examine, around(at=bad)).remedy
    for word in ("TERM", "80 x 24", "UTF-8"):
        assert word in remedy


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-8-sig"])
def test_spellings_of_utf_8(encoding: str) -> None:
    assert one(terminal.examine, around(at=replace(GOOD, encoding=encoding))).state is CheckState.OK


@pytest.mark.parametrize(
    ("kind", "hint", "colours"),
    [
        ("xterm-direct", "", "16 million colours"),
        ("xterm", "24bit", "16 million colours"),
        ("xterm", "TrueColor", "16 million colours"),
        ("", "", "no colours"),
        ("vt100", "yes", "16 colours"),
    ],
)
def test_colours(kind: str, hint: str, colours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("COLORTERM", hint)
    assert terminal_facts.here((1, 2)).colours == colours


@pytest.mark.parametrize(("value", "told"), [("1", True), ("", False)])
def test_no_color_counts_unless_it_is_empty(
    value: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    found = terminal_facts.here((100, 30))
    assert (found.columns, found.rows, found.no_color) == (100, 30, told)


def test_a_pipe_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is captured."""
    assert not terminal_facts.here().interactive
