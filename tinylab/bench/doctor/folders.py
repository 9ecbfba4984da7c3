"""The user's folders: whether images, models and results can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tinylab import atomic_files, paths
from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.errors import OutputError

CACHE, DATA = "cache folder", "data folder"


def examine(around: DoctorContext) -> Iterator[Check]:
    yield _check(CACHE, paths.cache, "TINYLAB_CACHE_DIR", "no image can be built")
    yield _check(DATA, paths.data, "TINYLAB_DATA_DIR", "no result can be kept")


def _check(name: str, find: Callable[[], Path], variable: str, without: str) -> Check:
    try:
        folder = find()
        atomic_files.check(folder / "doctor")
    except OutputError as error:
        return Check(name, CheckState.FAULT, error.message, error.remedy)
    except OSError as error:
        reason = f"{folder} cannot be written, so {without}: {error.strerror or error}."
        remedy = f"Make it writable, or set another folder in {variable}."
        return Check(name, CheckState.FAULT, reason, remedy)
    return Check(name, CheckState.OK, str(folder))
