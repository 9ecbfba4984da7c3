"""The result of one check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from tinylab.bench.doctor.terminal_facts import Terminal
from tinylab.errors import TinylabError

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo


class CheckState(StrEnum):
    """State of the thing that was checked."""

    OK = "ok"
    WARNING = "warning"
    """It works with restrictions, or will fail when it is used."""
    FAULT = "fault"
    """Something that is present, or that tinylab requires, does not work."""
    NOT_NEEDED = "not needed"
    """It is missing and not required."""


@dataclass(frozen=True)
class Check:
    """One line: name, state, reason, and remedy (empty if there is nothing to do)."""

    name: str
    state: CheckState
    reason: str
    remedy: str = ""


def at_fault(checks: Iterable[Check]) -> bool:
    return any(check.state is CheckState.FAULT for check in checks)


def summary(checks: Sequence[Check]) -> str:
    """`No faults; warnings: 1.`"""
    faults = sum(check.state is CheckState.FAULT for check in checks)
    warnings = sum(check.state is CheckState.WARNING for check in checks)
    first = f"Faults: {faults}" if faults else "No faults"
    return f"{first}; warnings: {warnings}." if warnings else f"{first}."


@dataclass
class DoctorContext:
    """Shared by all checks: the probes, listed once, and the terminal.

    `look` lists the probes that are plugged in; it may raise StationError.
    """

    look: Callable[[], Sequence[ProbeInfo]]
    terminal: Terminal

    @cached_property
    def found(self) -> tuple[ProbeInfo, ...] | TinylabError:
        """The real probes, or the error why they cannot be listed."""
        try:
            return tuple(probe for probe in self.look() if not probe.simulated)
        except TinylabError as error:
            return error

    @property
    def probes(self) -> tuple[ProbeInfo, ...]:
        """The real probes that were found."""
        return () if isinstance(self.found, TinylabError) else self.found


Examination = Callable[[DoctorContext], Iterable[Check]]
