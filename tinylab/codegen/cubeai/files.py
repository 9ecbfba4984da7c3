"""The files below a folder that generated code needs, and the nearest of several."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SKIPPED = frozenset({"Drivers", "CMSIS", "Debug", "Release", "node_modules", "__pycache__"})
"""Folders of a CubeMX project with thousands of files, none of which is needed."""
KEPT = (".c", ".h", ".a", ".lib", ".txt", ".json")
MAX_DEPTH = 10
REPORTS = ".ai"
"""CubeMX keeps ST's reports in this hidden folder."""


@dataclass(frozen=True)
class Tree:
    """The relevant files below a folder, in the order of their paths."""

    root: Path
    files: tuple[Path, ...]

    @classmethod
    def of(cls, root: Path) -> Tree:
        """Everything below `root`. Raises OSError when it cannot be read."""
        found: list[Path] = []
        for folder, names, files in os.walk(root, onerror=_raise):
            here = Path(folder)
            deep = len(here.relative_to(root).parts) >= MAX_DEPTH
            names[:] = sorted(name for name in names if not deep and _wanted(name))
            found += [here / name for name in sorted(files) if name.lower().endswith(KEPT)]
        return cls(root, tuple(found))

    def named(self, *names: str) -> tuple[Path, ...]:
        return tuple(path for path in self.files if path.name in names)

    def nearest(self, to: Path, *names: str) -> Path | None:
        """The file with one of `names` that has the longest common path with `to`."""
        return nearest(self.named(*names), to)


def nearest(paths: Iterable[Path], to: Path) -> Path | None:
    """The path with the most folders in common with the folder `to`; the first of several."""
    return max(paths, key=lambda path: shared(path, to), default=None)


def together(paths: Iterable[Path], to: Path) -> tuple[Path, ...]:
    """The paths with the most folders in common with the folder `to`."""
    found = list(paths)
    most = max((shared(path, to) for path in found), default=0)
    return tuple(path for path in found if shared(path, to) == most)


def shared(path: Path, folder: Path) -> int:
    """The number of folders, from the root on, that two paths have in common."""
    return len(Path(os.path.commonpath((path.parent, folder))).parts)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _wanted(name: str) -> bool:
    return name == REPORTS or (not name.startswith(".") and name not in SKIPPED)


def _raise(error: OSError) -> None:
    raise error
