"""A manifest of a folder: the SHA-256 of each file, in the format of `sha256sum`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinylab import atomic_files, plain_files
from tinylab.errors import InputError, OutputError
from tinylab.plain_files import MIB

NAME = "SHA256SUMS"
LARGEST = 64 * MIB
_LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


@dataclass(frozen=True)
class Departures:
    """How a folder differs from its manifest; paths relative to it, in order."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.unlisted)


def write(folder: Path) -> int:
    """Writes the manifest into `folder`; the number of its files, those of subfolders included.

    Raises InputError if there is nothing to list or a file cannot be read, OutputError.
    """
    sums = _sums(folder)
    if not sums:
        raise InputError(f"{folder} has no files.", remedy="Name a folder with results.")
    try:
        text = "".join(map(_line, sums, sums.values()))
        atomic_files.write(folder / NAME, os.fsencode(text))
    except OSError as error:
        raise OutputError(
            f"{folder / NAME} cannot be written: {error.strerror}.",
            remedy="Free space, or change the permissions of the folder.",
        ) from error
    return len(sums)


def check(folder: Path) -> Departures:
    """Compares the folder with its manifest. Raises InputError if there is none, or it is damaged,
    or a file cannot be read.
    """
    if not (folder / NAME).is_file():
        raise InputError(
            f"{folder} has no manifest {NAME}.", remedy=f"`tinylab manifest {folder}` writes it."
        )
    wanted, found = _read(folder / NAME), _sums(folder)
    return Departures(
        changed=tuple(name for name in wanted if found.get(name, wanted[name]) != wanted[name]),
        missing=tuple(name for name in wanted if name not in found),
        unlisted=tuple(name for name in found if name not in wanted),
    )


def _sums(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", remedy="Name a folder with results.")
    found = {}
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(
                f"{path} cannot be read: {error.strerror}.", remedy="Change its permissions."
            ) from error
        found[path.relative_to(folder).as_posix()] = sha256
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, without the manifest; links to folders are not followed."""
    for inner, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(inner, name)
            if path.is_file() and path != folder / NAME:
                yield path


def _line(name: str, sha256: str) -> str:
    """As sha256sum writes it: `\\` before the sum if the name has escapes."""
    escaped = "".join(_ESCAPES.get(sign, sign) for sign in name)
    mark = "\\" if escaped != name else ""
    return f"{mark}{sha256}  {escaped}\n"


def _read(path: Path) -> dict[str, str]:
    try:
        text = os.fsdecode(plain_files.read(path, LARGEST))
    except OSError as error:
        raise InputError(
            f"The manifest {path} cannot be read: {error.strerror or error}.",
            remedy="Restore it, or write it anew.",
        ) from error
    found = {}
    for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InputError(
                f"The manifest {path} cannot be used: line {number} is not a SHA-256 and a name.",
                remedy="Restore it, or write it anew.",
            )
        escaped, sha256, name = match.groups()
        found[_unescaped(name) if escaped else name] = sha256
    return found


def _unescaped(name: str) -> str:
    signs = {escape[1]: sign for sign, escape in _ESCAPES.items()}
    return re.sub(r"\\(.)", lambda found: signs.get(found[1], found[1]), name)
