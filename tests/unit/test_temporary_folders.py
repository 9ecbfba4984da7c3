"""Where temporary folders are made."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tinylab import paths, temporary_folders


def test_they_are_in_the_cache_and_gone_afterwards() -> None:
    with temporary_folders.make() as folder:
        assert folder.parent == paths.cache() / temporary_folders.NAME
        (folder / "file").touch()
    assert not folder.exists()


def test_a_cache_that_cannot_be_written_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "system"))
    (tmp_path / "system").mkdir()
    (tmp_path / temporary_folders.NAME).touch()  # no folder can be made below a file
    with temporary_folders.make() as folder:
        assert (tmp_path / "system") in folder.parents
    assert not folder.exists()
