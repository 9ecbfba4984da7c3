"""Where temporary folders are made."""

from __future__ import annotations

import platform
import shutil
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


def test_while_the_disk_of_the_cache_is_full_they_are_with_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = paths.cache() / temporary_folders.NAME
    monkeypatch.setattr(temporary_folders, "has_room", lambda folder: folder != full)
    with temporary_folders.make() as folder:
        assert tmp_path in folder.parents
    with temporary_folders.make(in_cache=True) as folder:
        assert folder.parent == full
    monkeypatch.setattr(temporary_folders, "has_room", lambda folder: False)
    with temporary_folders.make() as folder:
        assert folder.parent == full


@pytest.mark.parametrize(
    "name", ["-1-0.0-{0}-x", "9" * 30 + "-0.0-{0}-x", "0-nan-{0}-x", "1-inf-{0}-x"]
)
def test_a_folder_named_after_no_process_is_swept(name: str) -> None:
    """`-1` is an empty number, so that one is not tinylab's."""
    folder = paths.cache() / temporary_folders.NAME / name.format(platform.node())
    folder.mkdir(parents=True)
    temporary_folders.sweep()
    assert folder.exists() is name.startswith("-")
    shutil.rmtree(folder, ignore_errors=True)
