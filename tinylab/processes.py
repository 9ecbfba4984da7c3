"""Other people's programs: what they print as they print it, and an end to all they started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from tinylab.errors import Interrupted

POLL_S = 0.03
KILL_AFTER_S = 0.4
DYING_S = 0.5
"""Long enough for killed processes to end; those that nobody reaps are not waited for.
Both together stay below the second within which a user sees that a program was stopped."""


def lines(
    process: subprocess.Popen[bytes], log: BinaryIO, cancelled: Callable[[], bool], stopped: str
) -> Iterator[str]:
    """The lines of `log`, the file it prints into, as they come, until the process has ended.

    Raises Interrupted, saying `stopped`, when cancelled.
    """
    rest = b""
    running = True
    while running:
        if cancelled():
            raise Interrupted(stopped)
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_S)
            running = False
        *whole, rest = (rest + log.read()).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the process group, politely first, if the process, its leader, still runs."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(KILL_AFTER_S)
    # What it started may outlive it, and must not write into anything made later.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + DYING_S
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(POLL_S / 3)
