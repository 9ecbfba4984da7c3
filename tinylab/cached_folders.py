"""Folders in the cache: each is stored completely or not at all, and never returned damaged."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tinylab import atomic_files, paths

SUMS = "sha256.json"
"""Name of the list in each folder: the SHA-256 of each of its files."""


@dataclass(frozen=True)
class CachedFolders:
    """The folders below `name` in the cache. Of more than `most` the longest unused go first."""

    name: str
    most: int

    def path(self, key: str) -> Path:
        """Where the folder of that key is, once it is kept. A key has hexadecimal digits only."""
        return paths.cache() / self.name / key

    def load(self, key: str) -> Path | None:
        """The folder kept under `key`; None when there is none or it is not what was kept."""
        folder = self.path(key)
        try:
            sums = msgspec.json.decode((folder / SUMS).read_bytes(), type=dict[str, str])
            found = {name: _sum((folder / name).read_bytes()) for name in sums}
        except (OSError, msgspec.DecodeError):
            return None
        if not found or found != sums:
            return None
        with suppress(OSError):
            os.utime(folder)
        return folder

    def store(self, key: str, files: Mapping[str, bytes]) -> Path:
        """Keeps `files`, by name, under `key`; returns their folder. Raises OSError."""
        final = self.path(key)
        try:
            with atomic_files.new_folder(final) as fresh:
                for name, data in files.items():
                    (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                    (fresh / name).write_bytes(data)
                sums = {name: _sum(data) for name, data in files.items()}
                (fresh / SUMS).write_text(json.dumps(sums), encoding="utf-8")
                shutil.rmtree(final, ignore_errors=True)
        except OSError:
            # Another process may have stored the same folder first.
            if self.load(key) is None:
                raise
        self._drop_unused()
        return final

    def _drop_unused(self) -> None:
        with suppress(OSError):
            folders = (paths.cache() / self.name).glob("[0-9a-f]*")
            kept = sorted(folders, key=lambda path: path.stat().st_mtime)
            for folder in kept[: -self.most]:
                shutil.rmtree(folder, ignore_errors=True)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
