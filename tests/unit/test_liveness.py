"""Whether the process that wrote a session is still there."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from tinylab.liveness import Writer

US = Writer.current()


def ended() -> int:
    """The id of a process that is gone."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_this_process_is_alive() -> None:
    assert (US.host, US.pid) == (platform.node(), os.getpid())
    assert US.may_be_alive()


def test_a_process_that_has_ended_is_not() -> None:
    assert not replace(US, pid=ended()).may_be_alive()


def test_nobody_knows_of_another_host() -> None:
    assert replace(US, pid=ended(), host="another host").may_be_alive()
    assert replace(US, process_started=0.0, host="another host").may_be_alive()


@pytest.mark.parametrize(
    ("away", "alive"), [(1.9, True), (-1.9, True), (2.0, False), (2.1, False), (-2.1, False)]
)
def test_a_process_that_started_at_another_time_is_another_one(away: float, alive: bool) -> None:
    """Two seconds are left to clocks that are set meanwhile."""
    assert replace(US, process_started=US.process_started + away).may_be_alive() is alive


def test_a_process_that_nobody_reaped_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    writer = replace(US, pid=child.pid, process_started=psutil.Process(child.pid).create_time())
    assert writer.may_be_alive()
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not writer.may_be_alive()
    child.wait()


def test_a_process_that_may_not_be_looked_into_may_be_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def denied(process: psutil.Process) -> float:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "create_time", denied)
    assert US.may_be_alive()
