"""Another tinylab process that has a probe, or opens one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tinylab.probe.discovery import list_probes
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

OPENING = """
import sys
from tinylab.probe import stlink
with stlink.opening:
    print("taken ", flush=True)
    sys.stdin.read()
"""
PROGRAM = """
import json, sys
from tinylab.probe import lock
unique_id, about = sys.argv[1], json.loads(sys.argv[2])
with lock.taken(unique_id, "measuring house_price") as claim:
    claim.publish(about)
    print("taken", claim.trouble, flush=True)
    sys.stdin.read()
"""


class Rival:
    """A process that has the probe until its standard input is closed, or it is killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def let_go(self) -> None:
        self._process.communicate(timeout=20)

    def kill(self) -> None:
        """Kill the process without cleanup."""
        self._process.kill()
        self._process.wait()


@contextmanager
def rival(bus: VirtualBus, unique_id: str) -> Iterator[Rival]:
    """A process that has locked the probe on `bus`."""
    [probe] = [one for one in list_probes(bus) if one.unique_id == unique_id]
    about = {"place": probe.place, "unique_id": unique_id, "board_name": probe.board_name}
    with _running(PROGRAM, unique_id, json.dumps(about)) as made:
        yield made


@contextmanager
def opening() -> Iterator[Rival]:
    """A process that is opening a probe."""
    with _running(OPENING) as made:
        yield made


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[Rival]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "taken \n"
        yield Rival(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
