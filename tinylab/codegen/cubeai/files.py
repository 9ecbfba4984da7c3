"""The files below a folder that generated code needs, and the nearest of several."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from tinylab import plain_files
from tinylab.errors import CubeAiError, InputError
from tinylab.plain_files import MIB

SKIPPED = frozenset({"Drivers", "CMSIS", "Debug", "Release", "node_modules", "__pycache__"})
"""Folders of a CubeMX project with thousands of files, none of which is needed."""
KEPT = (".c", ".h", ".a", ".lib", ".txt", ".json")
MAX_DEPTH = 10
MOST_ENTRIES = 50_000
"""Files and folders; whole CubeMX projects have some thousands outside `SKIPPED`."""
LARGEST = 64 * MIB
"""Of any file that is used: more than any board's flash, as text."""
LARGEST_TEXT = 8 * MIB
"""Of a file that is searched; the largest generated `<name>.c` that was met has 650 KiB."""
TEXTS = (".h", ".txt", ".json")
"""Files that are searched, or not used at all."""
REPORTS = ".ai"
"""CubeMX keeps ST's reports in this hidden folder."""
LEAVES = "is a link that leaves the folder, and is not followed"
COPY_IT = "Copy the file or folder that it names to this place."
REPLACE_IT = "Replace it with the file that ST's tool or pack contains."


class Kind(Enum):
    """What an entry of a folder is, links followed."""

    FILE = auto()
    FOLDER = auto()
    OUTSIDE = auto()
    """A folder that is not below the one that is read."""


@dataclass(frozen=True)
class Tree:
    """The relevant files below a folder, in the order of their paths."""

    root: Path
    files: tuple[Path, ...]
    refused: Mapping[Path, str] = field(default_factory=dict)
    """Relevant names that are not used, and why: links that leave the folder, pipes, devices."""
    left: tuple[Path, ...] = ()
    """Links to folders outside, which are not followed."""

    @classmethod
    def of(cls, root: Path) -> Tree:
        """Everything below `root`, a path without links.

        Raises OSError when it cannot be read, InputError if it has too many files.
        """
        found: list[Path] = []
        refused: dict[Path, str] = {}
        left: list[Path] = []
        for path, status in _entries(root):
            kind, reason = _judged(root, path, status)
            if kind is Kind.OUTSIDE:
                left.append(path)
            elif reason and _is_kept(path.name):
                refused[path] = reason
            elif kind is Kind.FILE and _is_kept(path.name):
                found.append(path)
        return cls(root, tuple(sorted(found)), refused, tuple(sorted(left)))

    def named(self, *names: str) -> tuple[Path, ...]:
        return tuple(path for path in self.files if path.name in names)

    def nearest(self, to: Path, *names: str) -> Path | None:
        """The file with one of `names` that has the longest common path with `to`."""
        return nearest(self.named(*names), to)

    def refusal(self, *names: str) -> CubeAiError | None:
        """Why a file with one of `names`, or a folder that may have it, is not used."""
        for path, reason in sorted(self.refused.items()):
            if path.name in names:
                return refusal(path, reason)
        return refusal(self.left[0], LEAVES) if self.left else None


def refusal(path: Path, reason: str) -> CubeAiError:
    """The error about one file or folder that is not used."""
    return CubeAiError(f"{path} {reason}.", remedy=COPY_IT if reason == LEAVES else REPLACE_IT)


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
    """A text file. Raises OSError if it is no regular file or too large to be searched."""
    return plain_files.read(path, LARGEST_TEXT).decode("utf-8", errors="replace")


def read_bytes(path: Path) -> bytes:
    """A file of the build. Raises OSError if it is no regular file or too large."""
    return plain_files.read(path, LARGEST)


def _entries(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that may be relevant, with its status; links are not followed."""
    waiting, count = [root], 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if count > MOST_ENTRIES:
                    raise InputError(
                        f"{root} has more than {MOST_ENTRIES:,} files and folders.",
                        remedy="Name the folder of the generated code, not one far above it.",
                    )
                path, status = Path(entry.path), entry.stat(follow_symlinks=False)
                folder = stat.S_ISDIR(status.st_mode)
                if folder and _is_searched(path, root):
                    waiting.append(path)
                if _is_kept(entry.name) or (not folder and _is_searched(path, root)):
                    yield path, status


def _judged(root: Path, path: Path, status: os.stat_result) -> tuple[Kind, str]:
    """What an entry is, and why it is not used as a file; empty if it can be."""
    if stat.S_ISLNK(status.st_mode):
        try:
            target = path.resolve(strict=True)
            status = target.stat()
        except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
            return Kind.FILE, "is a link to a file that does not exist"
        if not target.is_relative_to(root):
            outside = stat.S_ISDIR(status.st_mode)
            return Kind.OUTSIDE if outside else Kind.FILE, LEAVES
    if stat.S_ISDIR(status.st_mode):
        return Kind.FOLDER, "is a folder, not a file"
    if not stat.S_ISREG(status.st_mode):
        return Kind.FILE, "is not a regular file"
    limit = LARGEST_TEXT if path.name.lower().endswith(TEXTS) else LARGEST
    return Kind.FILE, f"is larger than {limit // MIB} MiB" if status.st_size > limit else ""


def _is_kept(name: str) -> bool:
    return name.lower().endswith(KEPT)


def _is_searched(folder: Path, root: Path) -> bool:
    if folder.name in SKIPPED or (folder.name.startswith(".") and folder.name != REPORTS):
        return False
    return len(folder.relative_to(root).parts) <= MAX_DEPTH
