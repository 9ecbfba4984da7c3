"""Which process uses a probe: a note next to the lock file, for other processes to read.

A note is valid only while its lock is held; one that a killed process left is ignored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from tinylab import atomic_files


@dataclass(frozen=True)
class Holder:
    """A process that uses a probe: what for, and since when (ISO 8601)."""

    pid: int
    doing: str
    since: str

    @classmethod
    def current(cls, doing: str) -> Self:
        return cls(os.getpid(), doing, datetime.now().astimezone().isoformat(timespec="seconds"))

    @property
    def ours(self) -> bool:
        """Whether that is this process."""
        return self.pid == os.getpid()

    def __str__(self) -> str:
        """`measuring house_price in another tinylab (process 1234, since 12:03)`."""
        if self.ours:
            return f"{self.doing} in this tinylab"
        return f"{self.doing} in another tinylab (process {self.pid}, since {self._when()})"

    def _when(self) -> str:
        """The time, with the date if that is not today."""
        since = datetime.fromisoformat(self.since).astimezone()
        today = since.date() == datetime.now().astimezone().date()
        return f"{since:%H:%M}" if today else f"{since:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Note:
    """A holder's note; `probe` has the probe's properties, keyed as in `discovery.ProbeInfo`."""

    holder: Holder
    probe: Mapping[str, str | None]

    @property
    def place(self) -> str | None:
        """The probe's place on the USB bus."""
        return self.probe.get("place")

    def write(self, path: Path) -> None:
        """Write the note atomically. Raises OSError."""
        atomic_files.write(path, json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Note | None:
        """The note in that file; None when the file is missing or is not a valid note."""
        try:
            note = msgspec.json.decode(path.read_bytes(), type=cls)
            datetime.fromisoformat(note.holder.since)
        except (OSError, msgspec.DecodeError, ValueError):
            return None
        return note
