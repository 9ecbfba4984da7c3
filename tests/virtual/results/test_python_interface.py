"""`import tinylab` is the same as the command; the notebook of the documentation runs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import tinylab
from tinylab.bench.plan.events import Event, RunFinished
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError, UnknownName

ROOT = Path(__file__).resolve().parents[3]
WB = "sim:nucleo_wb55rg@64"


def test_it_is_the_same_as_the_command() -> None:
    events: list[Event] = []
    runs = tinylab.run("house_price", WB, inferences=3, optimize="ram", listen=events.append)
    assert sum(isinstance(event, RunFinished) for event in events) == 1
    words = ["--model", "house_price", "--on", WB, "--inferences", "3", "--optimize", "ram"]
    assert main(["run", *words, "-o", "command.json"]) == ExitCode.OK
    [ours], [theirs] = runs, tinylab.load("command.json")
    for name in ("cycles", "elf_sha256", "identity", "origin", "warmup", "ram_bytes"):
        assert getattr(ours, name) == getattr(theirs, name), name
    [found] = tinylab.compare(runs, tinylab.load("command.json"))
    assert str(found).endswith(": same")
    assert [row.cycles for row in tinylab.load(1, 2)] == [ours.cycles, theirs.cycles]
    runs.save("runs.csv")
    assert main(["export", "1", "--format", "csv"]) == ExitCode.OK
    runs.save("runs.svg")
    assert "SIM" in Path("runs.svg").read_text()
    table = runs.to_pandas()
    assert table.loc[0, "cycles.median"] == ours.cycles.median
    assert "SIM" in str(runs)
    assert "<table>" in runs._repr_html_()


def test_it_works_where_an_event_loop_runs() -> None:
    async def cell() -> int:
        return len(tinylab.run(["house_price"], [WB], inferences=2))

    assert asyncio.run(cell()) == 1


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, sys.path)))
    notebook = nbformat.read(ROOT / "docs" / "python.ipynb", as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=250, kernel_name="python3").execute()
    printed = str(notebook)
    assert "64000000" in printed
    assert "text/html" in printed
    stored = nbformat.read(ROOT / "docs" / "python.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in stored.cells)


def test_the_import_is_light() -> None:
    code = "import sys, tinylab; print('numpy' in sys.modules, len(sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True,
                          check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    heavy, count = done.stdout.split()
    assert heavy == "False"
    assert int(count) < 60


def test_a_run_that_fails_beside_others_is_a_warning() -> None:
    Path("bad.tflite").write_bytes(b"no model")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runs = tinylab.run(["house_price", "bad.tflite"], WB, inferences=2)
    assert len(runs) == len(runs.failures) == 1
    assert any("bad.tflite" in str(one.message) for one in caught)


def test_bad_input_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName):
        tinylab.run("hous_price", WB)
    with pytest.raises(TypeError, match="no option 'inferencs'"):
        tinylab.run("house_price", WB, inferencs=3)
    with pytest.raises(InputError, match="takes a whole number"):
        tinylab.run("house_price", WB, inferences=0)
    with pytest.raises(InputError, match="stored runs"):
        tinylab.load()
    with pytest.raises(InputError, match="loaded alone"):
        tinylab.load("a.json", "b.json")
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        tinylab.rum  # type: ignore[attr-defined]  # noqa: B018
    runs = tinylab.run("house_price", WB, inferences=2)
    with pytest.raises(InputError, match="format"):
        runs.save("runs.doc")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pandas is not installed"):
        runs.to_pandas()
