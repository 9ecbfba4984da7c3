"""Temporary folders, which are removed soon after their process.

They are in the cache, named after the process. The folders of a killed process are removed by the
next one.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tinylab import paths
from tinylab.errors import OutputError
from tinylab.liveness import Writer

NAME = "temporary"


@contextmanager
def make() -> Iterator[Path]:
    """An empty folder; what is in it at the end is removed, even if something still writes there.

    The first of a process sweeps those of others. Raises OSError when it cannot be made.
    """
    _sweep_once(os.getpid())
    folder = _new_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes folders of processes that have ended. Those of other hosts are kept."""
    for root in _roots():
        with suppress(OSError):  # there is no folder, or none that can be removed
            for folder in list(root.iterdir()):
                owner = _owner(folder.name)
                if owner is not None and not owner.may_be_alive():
                    shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    """In the first root that can be written. Raises OSError if there is none."""
    *others, last = _roots()
    for root in others:
        with suppress(OSError):  # a cache that is full or read-only
            return _in(root)
    return _in(last)


def _in(root: Path) -> Path:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=root, prefix=_prefix(_current(os.getpid()))))


def _roots() -> Iterator[Path]:
    """The cache, if there is one, and the system's folder for temporary files."""
    with suppress(OutputError):
        yield paths.cache() / NAME
    yield Path(tempfile.gettempdir()) / f"tinylab-{os.getuid()}"


@functools.lru_cache(maxsize=1)
def _current(_pid: int) -> Writer:
    return Writer.current()


@functools.lru_cache(maxsize=1)
def _sweep_once(_pid: int) -> None:
    sweep()


def _prefix(process: Writer) -> str:
    """`1234-1764520985.25-hostname-`; random characters follow."""
    return f"{process.pid}-{process.process_started:.2f}-{process.host}-"


def _owner(name: str) -> Writer | None:
    """The process of a folder; None if it is not one of tinylab's."""
    try:
        pid, started, rest = name.split("-", 2)
        host, _ = rest.rsplit("-", 1)
        return Writer(host, int(pid), float(started))
    except ValueError:
        return None
