"""Data that cannot be used end the command with exit code 2, before anything is built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tinylab.cli.main import main

STATION = "sim:nucleo_wb55rg@64"
ROW = ",".join(["0.5"] * 19)
Write = Callable[[Path], object]


def npz(**arrays: object) -> Write:
    return lambda path: np.savez(path, **arrays)  # type: ignore[arg-type]


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def huge(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(257 * 2**20)


X = np.zeros((4, 19))
HOLES = X.copy()
HOLES[2, 5] = np.nan
CASES: dict[str, tuple[str, Write, str]] = {
    "another shape": ("a.npz", npz(x=np.zeros((4, 7))), "x has the shape 4 x 7"),
    "a hole": ("a.npz", npz(x=HOLES), "x, row 3, column 6 is nan"),
    "a hole in a table": ("a.csv", text(f"{ROW}\n{ROW[:-3]}nan\n"), "row 2, column 19 is nan"),
    "fewer answers": ("a.npz", npz(x=X, y=[1, 2, 3]), "x has 4 samples, y has 3"),
    "more answers": ("a.npz", npz(x=X, y=np.zeros(9)), "x has 4 samples, y has 9"),
    "two answers": ("a.npz", npz(x=X, y=np.zeros((4, 2))), "y has the shape 4 x 2"),
    "a hole in the answers": ("a.npz", npz(x=X, y=[0, 1, np.inf, 1]), "y, row 3, column 1 is inf"),
    "a short row": ("a.csv", text(f"{ROW}\n{ROW[:-4]}\n"), "row 2 has 18 columns"),
    "a word": ("a.csv", text(f"{ROW[:-3]}cat\n"), "row 1, column 19 is no number: 'cat'"),
    "another width": ("a.csv", text("1,2,3.5\n"), "a.csv has 3 columns"),
    "an index": ("a.csv", text(f",{ROW.replace('0.5', 'f')}\n0,{ROW}\n"), "column has no name"),
    "an empty file": ("a.csv", text(""), "a.csv is empty"),
    "a heading alone": ("a.csv", text("f1,f2\n"), "has a heading and no samples"),
    "no samples": ("a.npz", npz(x=X[:0]), "has no samples"),
    "no arrays": ("a.npz", npz(), "has the arrays none"),
    "other arrays": ("a.npz", npz(a=X, b=X), "has the arrays a, b"),
    "objects": ("a.npz", npz(x=np.array([[1], [1, 2]], object)), "never unpickled"),
    "words": ("a.npz", npz(x=np.array([["a"] * 19])), "has no plain numbers"),
    "a huge file": ("a.npy", huge, "larger than 256 MiB"),
    "no file": ("a.npz", lambda path: None, "There is no data file"),
    "a folder": ("a.npz", Path.mkdir, "it is a folder"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_data_are_bad_input(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "tinylab.cli.headless.measure", lambda *_: pytest.fail("something was measured")
    )
    name, write, told = CASES[case]
    write(tmp_path / name)
    words = ["run", "--model", "house_price", "--on", STATION, "--format", "json"]
    assert main([*words, "--data", str(tmp_path / name)]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["exit_code"]) == ("bad_input", 2)
    assert told in error["message"]
    assert error["remedy"]


@pytest.mark.parametrize("label", [3, -1, 1.5])
def test_a_label_that_the_network_does_not_have_is_named_with_its_row(
    label: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 26, 3)), y=[0, label])
    words = ["run", "--model", "human_activity", "--on", STATION]
    assert main([*words, "--data", str(tmp_path / "a.npz")]) == 2
    assert f"a.npz: y, row 2 has the label {label:g}" in capsys.readouterr().err
