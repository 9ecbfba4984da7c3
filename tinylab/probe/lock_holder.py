"""Who has a probe: a note beside its lock, for the others to read.

A note counts only as long as its lock is held; one that a killed process left says nothing.
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


@dataclass(frozen=True)
class Holder:
    """A process that has a probe: what it does there, and since when (ISO 8601)."""

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
        """`measuring house_price for another tinylab (process 1234, since 12:03)`."""
        if self.ours:
            return f"{self.doing} for this tinylab already"
        return f"{self.doing} for another tinylab (process {self.pid}, since {self._when()})"

    def _when(self) -> str:
        """The time, with the date before it if that is not today's."""
        since = datetime.fromisoformat(self.since).astimezone()
        today = since.date() == datetime.now().astimezone().date()
        return f"{since:%H:%M}" if today else f"{since:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Note:
    """What a holder wrote down; `probe` is what it knows, by the names of `discovery.ProbeInfo`."""

    holder: Holder
    probe: Mapping[str, str | None]

    @property
    def place(self) -> str | None:
        """Where on the USB bus the probe is."""
        return self.probe.get("place")

    def write(self, path: Path) -> None:
        """Whole or not at all. Raises OSError."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> Note | None:
        """The note in that file; None when there is none that can be read."""
        try:
            note = msgspec.json.decode(path.read_bytes(), type=cls)
            datetime.fromisoformat(note.holder.since)
        except (OSError, msgspec.DecodeError, ValueError):
            return None
        return note
