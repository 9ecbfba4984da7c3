"""The benchmark of the interface goes on measuring what it says, in little."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_a_second_of_load_goes_through_ring_database_and_screen(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from pseudo_terminal import PseudoTerminal

    report = home / "load.json"
    command = [sys.executable, str(BENCHMARKS / "live_load.py"), str(report), "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    terminal = PseudoTerminal(command, (120, 40), environment)
    assert terminal.finish() == 0, terminal.text.decode()
    seen = json.loads(report.read_text())
    assert seen["sent"] == 20_000
    assert seen["stored"] + seen["lost"] == seen["sent"]
    assert seen["redraws"] > 0
