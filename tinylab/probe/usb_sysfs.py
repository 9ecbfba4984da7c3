"""Reads a USB device's strings and users from Linux's sysfs and procfs, without opening it.

On other systems, and where a file is not readable, the functions return None or nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/bus/usb/devices")
PROCESSES = Path("/proc")
NODES = "/dev/bus/usb"


@dataclass(frozen=True)
class User:
    """A process that has a device open."""

    pid: int
    name: str

    def __str__(self) -> str:
        """`openocd (process 4711)`."""
        if self.pid == os.getpid():
            return "this tinylab process"
        return f"{self.name} (process {self.pid})"


def text_of(where: str, name: str) -> str | None:
    """`serial` or `product` of the device at `1-2.4`; readable by every user."""
    try:
        return (SYSFS / where / name).read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return None


def node(bus: int, address: int) -> str:
    """The device file of a USB device."""
    return f"{NODES}/{bus:03}/{address:03}"


def users(bus: int, address: int) -> tuple[User, ...]:
    """The processes that have the device open; those of other users are not visible."""
    wanted = node(bus, address)
    return tuple(
        User(int(process.name), _name(process))
        for process in _processes()
        if wanted in _open_files(process)
    )


def _processes() -> Iterator[Path]:
    try:
        yield from (one for one in sorted(PROCESSES.iterdir()) if one.name.isdigit())
    except OSError:
        return


def _open_files(process: Path) -> set[str]:
    """Empty for other users' processes."""
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:
        return set()
    return {target for target in map(_target, descriptors) if target}


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:  # closed in the meantime
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a process"
