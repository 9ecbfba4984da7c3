"""The udev rule that lets a user open ST-Links on Linux."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

RULE = 'SUBSYSTEM=="usb", ATTR{idVendor}=="0483", MODE="0660", GROUP="plugdev", TAG+="uaccess"'
"""Gives access to users logged in at the machine, and over ssh to members of plugdev."""
FILE = "/etc/udev/rules.d/70-st-link.rules"
"""Sorts before 73-seat-late.rules, which evaluates the tag uaccess."""
COMMAND = (
    f"printf '%s\\n' '{RULE}' | sudo tee {FILE} && sudo udevadm control --reload "
    "&& sudo udevadm trigger"
)
"""Installs the rule and applies it to the devices that are plugged in."""
FOLDERS = tuple(
    Path(folder, "udev/rules.d") for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib")
)
ST = "0483"


def installed(folders: Sequence[Path] = FOLDERS) -> tuple[Path, ...]:
    """The rule files that set access to ST's devices."""
    return tuple(path for path in _files(folders) if _names_st(path))


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            yield from sorted(folder.glob("*.rules"))
        except OSError:
            continue


def _names_st(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    acting = (line for line in lines if not line.lstrip().startswith("#"))
    return any(ST in line and ("MODE" in line or "uaccess" in line) for line in acting)
