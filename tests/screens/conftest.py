"""Each test of the interface has folders of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results and settings go, and where tinylab was started."""
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path / "config"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return tmp_path
