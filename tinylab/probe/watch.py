"""Watches which probes are plugged in, without opening what is already known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from usb.backend import IBackend

from tinylab.probe import discovery, stlink
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.mapping import Trouble

ASK_AGAIN_S = 2.0
"""Permissions, power and other programs change without a plug event."""
STAYS = (Trouble.READ_PROTECTED, Trouble.UNKNOWN_BOARD, Trouble.NO_ANSWER, Trouble.NOT_DRIVEN)
"""What another look does not mend, and what a look might disturb."""


@dataclass(frozen=True)
class _Known:
    """What was found at a place on the bus, and when it was asked."""

    probe: ProbeInfo
    asked: float


class ProbeWatch:
    """Tells when a probe comes, goes or gets well; poll it from one thread.

    A probe is opened when it is new, and again every ASK_AGAIN_S while it has a problem that
    may pass. One that is well is never opened again as long as it stays, so a running
    measurement is not disturbed. What was once known of a probe that cannot be opened any more
    is still told. `clock` gives seconds.
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
        due = [where for where in attached if where not in known or _is_due(known[where], now)]
        found = discovery.inspect([attached[where] for where in due])
        for where, probe in zip(due, found, strict=True):
            known[where] = _Known(_remembering(known.get(where), probe), now)
        self._known = known
        probes = discovery.in_order(each.probe for each in known.values())
        if probes == self._told:
            return None
        self._told = probes
        return probes


def _remembering(before: _Known | None, probe: ProbeInfo) -> ProbeInfo:
    """A device stays who it is as long as it stays plugged in, also when it is shut again."""
    if before is None or probe.firmware is not None or before.probe.nameless:
        return probe
    return replace(
        before.probe,
        problem=probe.problem,
        remedy=probe.remedy,
        trouble=probe.trouble,
        remark=probe.remark,
    )


def _is_due(known: _Known, now: float) -> bool:
    trouble = known.probe.trouble
    passing = trouble is not None and trouble not in STAYS
    return passing and now - known.asked >= ASK_AGAIN_S
