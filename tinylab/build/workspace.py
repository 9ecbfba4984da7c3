"""The folder in the cache where PlatformIO builds for one board."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tinylab.errors import Interrupted

POLL_S = 0.05


@dataclass(frozen=True)
class Workspace:
    """A copy of the PlatformIO project with one board's build products.

    It is a copy because the project may be in a read-only folder, and because the generated
    network is added to it. Only files that differ are written, so that no file is compiled
    twice.
    """

    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "files" / "bench"

    @property
    def products(self) -> Path:
        """PlatformIO's folder of objects."""
        return self.project / ".pio"

    @property
    def log(self) -> Path:
        """The output of PlatformIO's last run."""
        return self.folder / "platformio.log"

    def product(self, environment: str) -> Path:
        return self.products / "build" / environment / "firmware.elf"

    @contextmanager
    def locked(self, cancelled: Callable[[], bool]) -> Iterator[int]:
        """Locks out other threads and processes; yields the lock's file descriptor.

        A process that inherits the descriptor also holds the lock.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            while not _try_lock(file.fileno()):
                if cancelled():
                    raise Interrupted("The build was stopped.")
                time.sleep(POLL_S)
            yield file.fileno()

    @contextmanager
    def building(self) -> Iterator[None]:
        """Marks a build in progress. The objects of a killed build are deleted by the next one."""
        mark = self.folder / "building"
        if mark.exists():
            self.clean()
        mark.touch()
        yield
        mark.unlink()

    def clean(self) -> None:
        shutil.rmtree(self.products, ignore_errors=True)

    def fill(self, files: Mapping[str, bytes]) -> None:
        """Makes the project consist of exactly `files`, by path relative to `files/`."""
        root = self.folder / "files"
        for name, data in files.items():
            write_if_changed(root / name, data)
        for path in tree(root):
            if path.relative_to(root).as_posix() not in files:
                path.unlink()


def write_if_changed(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def tree(root: Path) -> list[Path]:
    """The files below `root`, sorted, without hidden folders and Python's caches."""
    found: list[Path] = []
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            found += tree(path)
        else:
            found.append(path)
    return found


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
