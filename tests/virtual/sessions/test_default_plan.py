"""The bench, end to end: the study's plan on virtual boards, by the command a user types."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tinylab.boards.catalog import by_name

STUDY = {
    ("nucleo_wb55rg", 48_000_000),
    ("nucleo_wb55rg", 64_000_000),
    ("nucleo_h723zg", 180_000_000),
    ("nucleo_h723zg", 550_000_000),
}
COSTS = {
    "house_price": (6_534, 6_771),
    "human_activity": (12_075, 24_120),
    "image_classification": (412_778, 2_323_968),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's empty home folder."""
    return tmp_path_factory.mktemp("home")


def tinylab(home: Path, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinylab", *arguments],
        capture_output=True,
        text=True,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        timeout=600,
        **more,
    )


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TINYLAB_")}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": "", "XDG_DATA_HOME": ""}


@pytest.fixture(scope="module")
def first(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The default plan, with nothing cached."""
    out = tmp_path_factory.mktemp("first") / "run.json"
    done = tinylab(home, "--headless", "--format", "json", "-o", str(out))
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text())
    assert json.loads(done.stdout) == document
    return document


def rows_by_cell(document: dict[str, Any]) -> dict[tuple[str, str, int], dict[str, Any]]:
    return {(row["model"], row["board"], row["clock_hz"]): row for row in document["rows"]}


def test_twelve_valid_rows(first: dict[str, Any]) -> None:
    assert first["schema"] == "tinylab.run/1"
    assert set(rows_by_cell(first)) == {(model, *column) for model in COSTS for column in STUDY}
    for row in first["rows"]:
        assert row["valid"] is True
        assert row["simulated"] is True
        assert row["expected_error_percent"] == by_name(row["board"]).expected_error_percent
        assert (row["parameters"], row["macc"]) == COSTS[row["model"]]
        assert row["lost"] == 0


def test_outputs_are_the_hosts(first: dict[str, Any]) -> None:
    for row in first["rows"]:
        assert row["output"]["ok"] is True
        assert row["output"]["max_abs_error"] <= row["output"]["tolerance"]


def test_the_clock_measured_is_the_clock_asked(first: dict[str, Any]) -> None:
    for row in first["rows"]:
        assert row["clock_measured_hz"] == pytest.approx(row["clock_hz"], rel=1e-4)


def test_the_published_figures_stand_beside(first: dict[str, Any]) -> None:
    for row in first["rows"]:
        assert row["published"]["latency_ms"] > 0
        assert row["published"]["source"]


def test_the_image_network_is_compressed_as_its_card_says(first: dict[str, Any]) -> None:
    compressions = {row["model"]: row["compression"] for row in first["rows"]}
    assert compressions == {
        "house_price": "none",
        "human_activity": "none",
        "image_classification": "x8",
    }


def test_wait_states_cost_cycles(first: dict[str, Any]) -> None:
    cells = rows_by_cell(first)
    for model in COSTS:
        slow = cells[model, "nucleo_wb55rg", 48_000_000]
        fast = cells[model, "nucleo_wb55rg", 64_000_000]
        assert (slow["wait_states"], fast["wait_states"]) == (2, 3)
        assert slow["cycles"]["median"] < fast["cycles"]["median"]


def test_a_second_run_has_the_same_cycles_and_builds_nothing(
    home: Path, first: dict[str, Any]
) -> None:
    done = tinylab(home, "--headless", "--format", "json")
    assert done.returncode == 0, done.stderr
    again, before = rows_by_cell(json.loads(done.stdout)), rows_by_cell(first)
    assert again.keys() == before.keys()
    for cell, row in again.items():
        for field in ("elf_sha256", "cycles", "first_cycles", "stack_bytes"):
            assert row[field] == before[cell][field], (cell, field)
    assert "ompiling" not in done.stderr


def test_stdout_is_data_and_stderr_is_narration(home: Path, first: dict[str, Any]) -> None:
    done = tinylab(
        home, "--headless", "--model", "house_price", "--on", "sim:nucleo_wb55rg@64",
        "--format", "csv",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "model" in lines[0].split(",")
    assert len(lines) == 2
    assert "house" in done.stderr


def test_ctrl_c_ends_cleanly_and_keeps_what_was_measured(
    home: Path, first: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "run.json"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "tinylab", "--headless", "--format", "json",
            "--on", "sim:nucleo_wb55rg@64", "--model", "house_price",
            "--model", "image_classification", "--inferences", "100000", "-o", str(out),
        ],
        env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _wait_for_samples(home, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert json.loads(out.read_text())["interrupted"] is True


def test_after_kill_9_the_acknowledged_samples_are_there(home: Path, first: dict[str, Any]) -> None:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "tinylab", "--headless", "--format", "json",
            "--on", "sim:nucleo_wb55rg@64", "--model", "human_activity",
            "--inferences", "1000000",
        ],
        env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen = _wait_for_samples(home, process)
    process.kill()
    process.wait()
    done = tinylab(home, "history", "--json")
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout)
    newest = last["runs"][0] if isinstance(last, dict) else last[0]
    assert newest["state"] == "interrupted"
    assert newest["samples"] >= seen


def _wait_for_samples(home: Path, process: subprocess.Popen[Any]) -> int:
    """Waits until the newest run has samples in the database; how many."""
    [database] = home.rglob("results.sqlite")
    with sqlite3.connect(database) as before:
        (old,) = before.execute("SELECT max(id) FROM runs").fetchone()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        connection = sqlite3.connect(database)
        (count,) = connection.execute(
            "SELECT coalesce(sum(count), 0) FROM samples WHERE run > ?", (old,)
        ).fetchone()
        connection.close()
        if count:
            return int(count)
        time.sleep(0.1)
    raise AssertionError(f"no sample arrived; exit code {process.poll()}")
