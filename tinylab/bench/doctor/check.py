"""What an examination says of one thing."""

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
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"
    """Something does not work as well as it could, or will not when it is wanted."""
    FAULT = "fault"
    """Something that is there, or that tinylab is made for, does not work."""
    NOT_NEEDED = "not needed"
    """It is not there, and nothing asks for it."""


@dataclass(frozen=True)
class Check:
    """One line: what was looked at, how it is, why, and what to do (empty: nothing)."""

    name: str
    state: CheckState
    reason: str
    remedy: str = ""


def at_fault(checks: Iterable[Check]) -> bool:
    return any(check.state is CheckState.FAULT for check in checks)


def summary(checks: Sequence[Check]) -> str:
    """`Nothing is at fault; 1 warning.`"""
    faults = sum(check.state is CheckState.FAULT for check in checks)
    warnings = sum(check.state is CheckState.WARNING for check in checks)
    first = f"Faults: {faults}" if faults else "No faults"
    return f"{first}; warnings: {warnings}." if warnings else f"{first}."


@dataclass
class DoctorContext:
    """What the examinations share: the probes, looked for once, and the terminal.

    `look` lists the probes that are plugged in; it may raise StationError.
    """

    look: Callable[[], Sequence[ProbeInfo]]
    terminal: Terminal

    @cached_property
    def found(self) -> tuple[ProbeInfo, ...] | TinylabError:
        """The real probes, or why there can be none."""
        try:
            return tuple(probe for probe in self.look() if not probe.simulated)
        except TinylabError as error:
            return error

    @property
    def probes(self) -> tuple[ProbeInfo, ...]:
        """The real probes that were found."""
        return () if isinstance(self.found, TinylabError) else self.found


Examination = Callable[[DoctorContext], Iterable[Check]]
