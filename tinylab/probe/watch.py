"""Watches which probes are plugged in, without opening what is already known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from usb.backend import IBackend

from tinylab.probe import discovery, lock, stlink
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.holder import Holder

ASK_AGAIN_S = 2.0
"""Permissions, power and other programs change without a plug event."""


@dataclass(frozen=True)
class _Known:
    """What was found at a place on the bus, and when it was asked."""

    probe: ProbeInfo
    asked: float


class ProbeWatch:
    """Tells when a probe comes, goes or gets well; poll it from one thread.

    A probe is opened when it is new, and again every ASK_AGAIN_S while it has a problem. One
    that is well is never opened again as long as it stays, and none that a tinylab process has:
    a running measurement is not disturbed. `clock` gives seconds.
    """

    def __init__(
        self, backend: IBackend | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._backend = backend
        self._clock = clock
        self._known: dict[stlink.Location, _Known] = {}
        self._told: tuple[ProbeInfo, ...] | None = None

    def poll(self) -> tuple[ProbeInfo, ...] | None:
        """All probes as `list_probes` gives them; None if nothing changed since the last poll.

        The first poll always tells. Raises StationError when there is no USB library at all.
        """
        attached = {stlink.location(device): device for device in stlink.devices(self._backend)}
        now = self._clock()
        known = {where: each for where, each in self._known.items() if where in attached}
        held = lock.held_by_others()
        due = [
            where
            for where in attached
            if where not in known or _is_due(known[where], now, held.get(where.key))
        ]
        found = discovery.inspect([attached[where] for where in due])
        known |= {where: _Known(probe, now) for where, probe in zip(due, found, strict=True)}
        self._known = known
        probes = discovery.in_order(each.probe for each in known.values())
        if probes == self._told:
            return None
        self._told = probes
        return probes


def _is_due(known: _Known, now: float, holder: Holder | None) -> bool:
    if holder != known.probe.holder:
        return True
    return known.probe.problem is not None and now - known.asked >= ASK_AGAIN_S
