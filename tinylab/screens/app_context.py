"""What the interface is opened with: the request, and its connections to session and USB."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tinylab.screens.imports import one_at_a_time

if TYPE_CHECKING:
    from usb.backend import IBackend

    from tinylab.bench.doctor.check import Check
    from tinylab.bench.plan.events import Event
    from tinylab.bench.plan.plan import Plan
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.results.store import Store
    from tinylab.screens.selection import StartRequest

DoctorOf = Callable[["Sequence[ProbeInfo]", tuple[int, int]], "Iterator[Check]"]
"""Runs the doctor's checks for the probes and the size of the terminal."""
SessionOf = Callable[["Plan", "Store", threading.Event], "Iterator[Event]"]


def late_session(plan: Plan, store: Store, cancelled: threading.Event) -> Iterator[Event]:
    """The bench's own session; imported late, so that the first paint is fast."""
    with one_at_a_time:
        from tinylab.bench.session.session import run

    return run(plan, store=store, cancelled=cancelled)


def usb_bus() -> IBackend:
    """This computer's USB; imported late too."""
    with one_at_a_time:
        from tinylab.bench.station.station import usb_bus

    return usb_bus()


def own_doctor(probes: Sequence[ProbeInfo], size: tuple[int, int]) -> Iterator[Check]:
    """This computer's; imported late as well."""
    with one_at_a_time:
        from tinylab.bench.doctor.examination import examine
        from tinylab.bench.doctor.terminal_facts import here

    return examine(lambda: probes, here(size))


@dataclass(frozen=True)
class AppContext:
    """`asked` may be slow, so it is called in a thread."""

    asked: Callable[[], StartRequest]
    session: SessionOf = field(default=late_session)
    usb: Callable[[], IBackend | None] = field(default=usb_bus)
    doctor: DoctorOf = field(default=own_doctor)
    picture: str | None = None
    """The file that the key x writes; None makes up a new name each time."""
