"""Small and read-only file systems for a command: real ones, in a mount namespace of its own."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ENTER = ("unshare", "--mount", "--map-root-user")
TINYLAB = f"'{sys.executable}' -m tinylab"


def small(folder: Path, size: str) -> str:
    """The shell's line that puts a disk of that size (`2m`) on the folder; it is empty then."""
    return f"mount -t tmpfs -o size={size} small '{folder}'"


def read_only(folder: Path) -> str:
    """The shell's line that makes the folder read-only."""
    return f"mount --bind '{folder}' '{folder}' && mount -o remount,ro,bind '{folder}'"


def fill(folder: Path) -> str:
    """The shell's line that leaves no free byte on the disk of the folder."""
    return f"cat /dev/zero > '{folder}/filling' 2>/dev/null || true"


@functools.cache
def _is_possible() -> bool:
    if shutil.which(ENTER[0]) is None:
        return False
    tried = [*ENTER, "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def run(lines: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the shell's lines, of which the last but the mounts are commands.

    Skips the test where users may mount nothing.
    """
    if not _is_possible():
        pytest.skip("this computer lets a test mount no file systems (unshare --map-root-user)")
    return shell(lines, os.environ | environment)


def shell(lines: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same for a campaign, which has checked that it is possible."""
    return subprocess.run(
        [*ENTER, "sh", "-c", "\n".join(lines)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
