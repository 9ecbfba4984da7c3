"""Files and folders that are written completely or not at all.

They are written next to their final place, on the same disk, and moved there in one step. What a
killed process left half-written is removed by the next one that writes the same file.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tinylab import liveness, temporary_folders
from tinylab.liveness import Writer

PART = ".part"
LONGEST = 100
"""Characters of a name that its temporary file has; names have a limit."""
_numbers = itertools.count()
"""Distinguishes files that several threads write at the same time."""


def write(path: Path, content: bytes | str) -> None:
    """Puts `content` (text as UTF-8) into `path`. Raises OSError; the old content is kept then.

    An existing file keeps its mode; a symbolic link is kept and points to the new content. Devices
    and pipes, which have no content to keep, are written straight.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if not is_replaceable(path):
        path.write_bytes(data)
        return
    target = path.resolve()
    fresh = _fresh(target, data)
    try:
        fresh.replace(target)
    except OSError:
        _remove(fresh)
        raise


def check(path: Path) -> None:
    """Raises OSError if `path` could not be written now; changes nothing."""
    if is_replaceable(path):
        _fresh(path.resolve(), b"").unlink()


def is_replaceable(path: Path) -> bool:
    """False for devices and pipes."""
    return not path.exists() or path.is_file()


def _fresh(target: Path, data: bytes) -> Path:
    """A new file in the folder of `target`, on the disk with all its content."""
    fresh = _beside(target)
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            fresh.chmod(stat.S_IMODE(target.stat().st_mode))
    except OSError:
        _remove(fresh)
        raise
    return fresh


def _beside(target: Path) -> Path:
    """A new name. What killed processes left there for the same target is removed."""
    name = f".{target.name[:LONGEST]}."
    with suppress(OSError):
        for entry in list(os.scandir(target.parent)):
            if entry.name.startswith(name) and entry.name.endswith(PART):
                owner = Writer.of_label(entry.name[len(name) :])
                if owner is not None and not owner.may_be_alive():
                    _remove(Path(entry.path))
                    shutil.rmtree(entry.path, ignore_errors=True)
    return target.with_name(f"{name}{liveness.current().label}{next(_numbers)}{PART}")


def _remove(fresh: Path) -> None:
    """Removes a file without hiding the exception that is being raised."""
    with suppress(OSError):
        fresh.unlink(missing_ok=True)


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """An empty folder to fill; behind the `with` block it is `final`.

    When the block raises, nothing has changed. Raises OSError, also when there is such a folder
    already, with something in it; another process may just have put it there.
    """
    with temporary_folders.make(in_cache=True) as place:
        fresh = place / final.name
        fresh.mkdir()
        yield fresh
        final.parent.mkdir(parents=True, exist_ok=True)
        _move(fresh, final)


def _move(fresh: Path, final: Path) -> None:
    try:
        fresh.rename(final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = _beside(final)
        try:
            shutil.copytree(fresh, beside)
            beside.rename(final)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
