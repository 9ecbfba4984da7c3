"""`tinylab manifest`: hashes that sha256sum reads too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tinylab.cli.main import main
from tinylab.errors import ExitCode

NAMES = ("a.json", "with space.csv", "two\nlines.md", "back\\slash.svg", "größe-λ.html")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "results"
    (made / "inner").mkdir(parents=True)
    for name in (*NAMES, "inner/b.json"):
        (made / name).write_text(name, encoding="utf-8")
    (made / os.fsdecode(b"latin-\xe9.txt")).write_text("x")
    assert main(["manifest", str(made)]) == ExitCode.OK
    return made


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    capsys.readouterr()
    code = main(["manifest", str(folder), "--check", "--json"])
    found: dict[str, list[str]] = json.loads(capsys.readouterr().out)
    assert code == (ExitCode.REGRESSION if any(found.values()) else ExitCode.OK)
    return found


def test_an_untouched_folder_is_as_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not any(check(folder, capsys).values())
    assert len((folder / "SHA256SUMS").read_bytes().splitlines()) == len(NAMES) + 2


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_it(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = subprocess.run(
        ["sha256sum", *NAMES], cwd=folder, capture_output=True, check=True
    ).stdout.splitlines()
    assert set(made) <= set((folder / "SHA256SUMS").read_bytes().splitlines())


def test_what_has_changed_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "two\nlines.md").write_text("other")
    (folder / "a.json").unlink()
    (folder / "inner" / "new.csv").touch()
    assert check(folder, capsys) == {
        "changed": ["two\nlines.md"],
        "missing": ["a.json"],
        "unlisted": ["inner/new.csv"],
    }
    assert main(["manifest", str(folder), "--check"]) == ExitCode.REGRESSION
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_bad_folders_and_manifests_have_a_remedy(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for words, says in (
        ([str(tmp_path / "none")], "is no folder"),
        ([str(tmp_path / "empty")], "has no files"),
        ([str(tmp_path / "empty"), "--check"], "has no manifest"),
    ):
        assert main(["manifest", *words]) == ExitCode.INPUT
        assert says in capsys.readouterr().err
    (folder / "SHA256SUMS").write_text("what is this\n")
    assert main(["manifest", str(folder), "--check"]) == ExitCode.INPUT
    assert "line 1 is not a SHA-256" in capsys.readouterr().err
