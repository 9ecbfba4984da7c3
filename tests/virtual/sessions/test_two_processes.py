"""Two tinylabs of one user at the same time: one home folder, one database, one cache."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.virtual.sessions.test_default_plan import environment, tinylab

TOGETHER = ("house_price",)
ALONE = ("human_activity",)


def started(home: Path, *models: str) -> subprocess.Popen[str]:
    wanted = [word for model in models for word in ("--model", model)]
    return subprocess.Popen(
        [
            sys.executable, "-m", "tinylab", "--headless", "--format", "json",
            "--on", "sim:nucleo_wb55rg@64", *wanted,
        ],
        env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def rows_of(process: subprocess.Popen[str]) -> dict[str, dict[str, Any]]:
    out, errors = process.communicate(timeout=280)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return {row["model"]: row for row in json.loads(out)["rows"]}


def test_both_start_with_nothing_and_succeed_and_history_has_both(tmp_path: Path) -> None:
    """They compile the same cycle model, read the same file, and build the same image."""
    both = [started(tmp_path, *TOGETHER), started(tmp_path, *TOGETHER, *ALONE)]
    first, second = map(rows_of, both)
    assert set(first) == set(TOGETHER)
    assert set(second) == {*TOGETHER, *ALONE}
    for model in TOGETHER:
        for field in ("cycles", "first_cycles", "elf_sha256", "output"):
            assert first[model][field] == second[model][field], field
    kept = json.loads(tinylab(tmp_path, "history", "--json").stdout)
    assert {run["state"] for run in kept} == {"done"}
    assert sorted(run["model"] for run in kept) == sorted([*TOGETHER, *TOGETHER, *ALONE])
    assert len({run["session"] for run in kept}) == 2
    for run in kept:
        assert run["samples"] == run["record"]["cycles"]["n"]
    assert list(tmp_path.rglob("*.part*")) == [], "nothing half-written is left"
