"""What the doctor says of the folders for images and results."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.unit.bench.test_doctor import GOOD, around
from tinylab import atomic_files, paths
from tinylab.bench.doctor import folders
from tinylab.bench.doctor.check import CheckState
from tinylab.bench.doctor.examination import examine


def test_folders_that_can_be_written_are_told() -> None:
    checks = list(folders.examine(around()))
    assert [check.state for check in checks] == [CheckState.OK, CheckState.OK]
    assert [check.reason for check in checks] == [str(paths.cache()), str(paths.data())]


def test_folders_that_cannot_be_written_are_faults_and_no_error_of_tinylab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the compiler's version and of the check are refused, as in a read-only folder."""

    def read_only(path: Path, content: object = b"") -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(atomic_files, "write", read_only)
    monkeypatch.setattr(atomic_files, "check", read_only)
    checks = {check.name: check for check in examine(lambda: (), GOOD)}
    assert checks["compiler"].state is CheckState.OK
    cache = checks["cache folder"]
    assert cache.state is checks["data folder"].state is CheckState.FAULT
    assert str(tmp_path / "cache") in cache.reason
    assert "TINYLAB_CACHE_DIR" in cache.remedy
    assert not [check for check in checks.values() if "Internal error" in check.reason]


def test_a_folder_that_cannot_be_made_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    cache, _ = folders.examine(around())
    assert (cache.state, "cannot be created" in cache.reason) == (CheckState.FAULT, True)
