"""Messages from the interface's threads to its screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tinylab.bench.doctor.check import Check
    from tinylab.bench.prepare.model_facts import ModelFacts
    from tinylab.errors import TinylabError
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.selection import Selection
    from tinylab.zoo.samples.files import SampleFile


class SelectionReady(Message):
    """The selection is ready; `trouble` is an error in the user's settings."""

    def __init__(self, selection: Selection, trouble: TinylabError | None) -> None:
        super().__init__()
        self.selection = selection
        self.trouble = trouble


class ModelRead(Message):
    """Facts about a model."""

    def __init__(self, name: str, facts: ModelFacts | TinylabError) -> None:
        super().__init__()
        self.name = name
        self.facts = facts


class DataRead(Message):
    """A file of samples was read; `refusals` are those of models that do not take them."""

    def __init__(self, data: SampleFile, refusals: Mapping[str, TinylabError]) -> None:
        super().__init__()
        self.data = data
        self.refusals = refusals


class DataRefused(Message):
    """A file of samples cannot be used."""

    def __init__(self, error: TinylabError) -> None:
        super().__init__()
        self.error = error


class ProbesChanged(Message):
    """These probes are attached now."""

    def __init__(self, probes: tuple[ProbeInfo, ...]) -> None:
        super().__init__()
        self.probes = probes


class Examined(Message):
    """One check of the doctor; None at the end."""

    def __init__(self, check: Check | None) -> None:
        super().__init__()
        self.check = check


class Troubled(Message):
    """An error in a thread, which is shown to the user."""

    def __init__(self, error: TinylabError) -> None:
        super().__init__()
        self.error = error


class SessionEnded(Message):
    """The session's thread has ended, with or without an error."""
