"""What the system tells of a USB device that is not opened; its files are made up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinylab.probe import udev, usb_sysfs


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(usb_sysfs, "PROCESSES", tmp_path)
    return tmp_path


def process(folder: Path, pid: int, name: str, *files: str) -> None:
    (folder / str(pid) / "fd").mkdir(parents=True)
    (folder / str(pid) / "comm").write_text(f"{name}\n")
    for number, target in enumerate(files):
        (folder / str(pid) / "fd" / str(number)).symlink_to(target)


def test_the_process_that_holds_a_device_is_named(processes: Path) -> None:
    process(processes, 4711, "openocd", "/dev/null", "/dev/bus/usb/001/007")
    process(processes, 12, "bash", "/dev/bus/usb/001/070")
    (processes / "self").mkdir()
    assert [str(user) for user in usb_sysfs.users(1, 7)] == ["openocd (process 4711)"]
    assert usb_sysfs.users(1, 8) == ()


def test_our_own_process_is_told_as_such(processes: Path) -> None:
    process(processes, os.getpid(), "python", "/dev/bus/usb/001/007")
    assert [str(user) for user in usb_sysfs.users(1, 7)] == ["this tinylab process"]


def test_processes_that_may_not_be_looked_into_hide_nothing_else(processes: Path) -> None:
    (processes / "1").mkdir()
    process(processes, 20, "gdb", "/dev/bus/usb/002/003")
    assert [user.pid for user in usb_sysfs.users(2, 3)] == [20]


def test_where_there_is_no_proc_nobody_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usb_sysfs, "PROCESSES", tmp_path / "nowhere")
    assert usb_sysfs.users(1, 7) == ()


def test_the_system_of_this_machine_knows_its_own_open_files(tmp_path: Path) -> None:
    """Against the real /proc, with a file in place of a device."""
    if not usb_sysfs.PROCESSES.is_dir():
        pytest.skip("this system has no /proc")
    path = tmp_path / "device"
    with path.open("w"):
        own = usb_sysfs.PROCESSES / str(os.getpid())
        assert str(path) in usb_sysfs._open_files(own)


def test_serial_numbers_are_read_without_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1-2.4").mkdir()
    (tmp_path / "1-2.4" / "serial").write_text("066AFF\n")
    monkeypatch.setattr(usb_sysfs, "SYSFS", tmp_path)
    assert usb_sysfs.text_of("1-2.4", "serial") == "066AFF"
    assert usb_sysfs.text_of("1-2.4", "product") is None


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (udev.RULE, True),
        ('SUBSYSTEMS=="usb", ATTRS{idVendor}=="0483", ATTRS{idProduct}=="374b", MODE="0666"', True),
        (f"# {udev.RULE}", False),
        ('SUBSYSTEM=="usb", ATTR{idVendor}=="0483", ENV{ID_MM_DEVICE_IGNORE}="1"', False),
        ('SUBSYSTEM=="usb", ATTR{idVendor}=="1366", MODE="0666"', False),
    ],
)
def test_a_rule_for_st_links_is_found(line: str, counts: bool, tmp_path: Path) -> None:
    (tmp_path / "49-stlink.rules").write_text(f"# ST-Link\n{line}\n")
    found = udev.installed([tmp_path / "nowhere", tmp_path])
    assert [path.name for path in found] == (["49-stlink.rules"] if counts else [])
