"""What the interface's threads tell its screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tinylab.bench.doctor.check import Check
    from tinylab.bench.prepare.model_facts import ModelFacts
    from tinylab.errors import TinylabError
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.selection import Selection


class DeskLaid(Message):
    """The desk is made; `trouble` is what could not be used of the user's settings."""

    def __init__(self, selection: Selection, trouble: TinylabError | None) -> None:
        super().__init__()
        self.selection = selection
        self.trouble = trouble


class ModelRead(Message):
    """What was found out about a model."""

    def __init__(self, name: str, facts: ModelFacts | TinylabError) -> None:
        super().__init__()
        self.name = name
        self.facts = facts


class ProbesChanged(Message):
    """These probes are attached now."""

    def __init__(self, probes: tuple[ProbeInfo, ...]) -> None:
        super().__init__()
        self.probes = probes


class Examined(Message):
    """One thing was looked at by the doctor; None when everything was."""

    def __init__(self, check: Check | None) -> None:
        super().__init__()
        self.check = check


class Troubled(Message):
    """Something went wrong in a thread; the user is to hear of it."""

    def __init__(self, error: TinylabError) -> None:
        super().__init__()
        self.error = error


class SessionEnded(Message):
    """The session's thread is done, in one way or another."""
