"""`pytest --probe SERIAL` finds its board as the product does, and plays the scenarios there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fakes.real_probe import SERIAL

ROOT = Path(__file__).parents[3]


def run_pytest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=250,
    )


def test_a_probe_that_is_not_there_ends_it_at_once() -> None:
    done = run_pytest("--probe", "NOSUCHPROBE", "tests/scenarios")
    assert done.returncode == 4
    assert "There is no probe NOSUCHPROBE." in done.stdout + done.stderr


def test_scenarios_are_played_on_the_probes_board_and_nothing_else_is_run() -> None:
    """All tests are collected, these are kept; what needs a virtual bus says so."""
    chosen = "discovered or option_bytes or two_clocks or pulled_out"
    done = run_pytest("-p", "tests.fakes.real_probe", "--probe", SERIAL.lower(), "-k", chosen, "-v")
    assert done.returncode == 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if "::test_" in line]
    assert len(lines) == 4
    assert all(line.startswith("tests/scenarios/") for line in lines), lines
    assert sum("PASSED" in line for line in lines) == 3
    assert "Pulling the cable can be played on a virtual bus only" in done.stdout
