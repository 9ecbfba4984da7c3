"""Each test has a folder of its own, and a database in it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
