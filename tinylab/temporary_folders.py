"""Temporary folders, which are removed soon after their process.

They are in the cache, named after the process; while its disk is full, in the system's folder for
temporary files. The folders of a killed process are removed by the next one.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tinylab import liveness, paths
from tinylab.errors import OutputError
from tinylab.liveness import Writer

NAME = "temporary"
ROOM = 64 * 1024 * 1024
"""Bytes; a disk with less is full: a build or a compiled cycle model may need some of that."""


@contextmanager
def make(*, in_cache: bool = False) -> Iterator[Path]:
    """An empty folder; what is in it at the end is removed, even if something still writes there.

    With `in_cache` it is in the cache even if that is full, so that what is in it can be moved
    there. The first of a process sweeps those of others. Raises OSError when it cannot be made.
    """
    _sweep_once(os.getpid())
    folder = _in(paths.cache() / NAME) if in_cache else _new_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes folders of processes that have ended. Those of other hosts are kept."""
    for root in _roots():
        with suppress(OSError):  # there is no folder, or none that can be removed
            for folder in list(root.iterdir()):
                owner = Writer.of_label(folder.name)
                if owner is not None and not owner.may_be_alive():
                    shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    """In the first root that can be written. Raises OSError if there is none."""
    *others, last = _roots()
    for root in others:
        with suppress(OSError):  # a cache that is full or read-only
            if has_room(root) or not has_room(last):
                return _in(root)
    return _in(last)


def has_room(folder: Path) -> bool:
    """Whether the disk that `folder` is on, or will be on, is not full. Raises OSError."""
    while not folder.exists():
        folder = folder.parent
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize >= ROOM


def _in(root: Path) -> Path:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=root, prefix=liveness.current().label))


def _roots() -> Iterator[Path]:
    """The cache, if there is one, and the system's folder for temporary files."""
    with suppress(OutputError):
        yield paths.cache() / NAME
    yield Path(tempfile.gettempdir()) / f"tinylab-{os.getuid()}"


@functools.lru_cache(maxsize=1)
def _sweep_once(_pid: int) -> None:
    sweep()
