"""Watches which probes are plugged in, without opening what is already known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from usb.backend import IBackend

from tinylab.probe import discovery, lock, stlink
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import Trouble
from tinylab.probe.lock_holder import Holder

ASK_AGAIN_S = 2.0
"""Permissions, power and other programs change without a plug event."""
STAYS = (Trouble.READ_PROTECTED, Trouble.UNKNOWN_BOARD, Trouble.NO_ANSWER, Trouble.NOT_DRIVEN)
"""What another look does not mend, and what a look might disturb."""


SETTLES_S = 1.5
"""Behind a plug event the system takes a moment to give permission."""
PORT_COMES_S = 5.0
"""And some more for the serial port."""


@dataclass(frozen=True)
class _Known:
    """What was found at a place on the bus; when it came, and when it was asked last."""

    probe: ProbeInfo
    came: float
    asked: float

    def is_due(self, now: float, holder: Holder | None) -> bool:
        """Whether another look may mend it, or another process has taken it or left it."""
        if holder != self.probe.holder:
            return True
        trouble = self.probe.trouble
        if trouble is None or trouble in STAYS:
            return False
        settling = trouble is Trouble.NO_PERMISSION and now - self.came < SETTLES_S
        return settling or now - self.asked >= ASK_AGAIN_S

    def with_port(self, now: float) -> _Known:
        """With the serial port, if that comes a little later than the probe."""
        if self.probe.serial_port is not None or now - self.came >= PORT_COMES_S:
            return self
        return replace(self, probe=discovery.with_port(self.probe))


class ProbeWatch:
    """Tells when a probe comes, goes or gets well; poll it from one thread.

    A probe is opened when it is new, and again every ASK_AGAIN_S while it has a problem that
    may pass (at first more often). One that is well is never opened again as long as it stays,
    and none that a tinylab process has: a running measurement is not disturbed. What was once
    known of a probe that cannot be opened any more is still told. `clock` gives seconds.
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
        known = {
            where: each.with_port(now) for where, each in self._known.items() if where in attached
        }
        held = lock.held_by_others()
        due = [
            where
            for where in attached
            if where not in known or known[where].is_due(now, held.get(where.key))
        ]
        found = discovery.inspect([attached[where] for where in due])
        for where, probe in zip(due, found, strict=True):
            before = known.get(where)
            came = before.came if before else now
            known[where] = _Known(_remembering(before, probe), came, now)
        self._known = known
        probes = discovery.in_order(each.probe for each in known.values())
        if probes == self._told:
            return None
        self._told = probes
        return probes


def _remembering(before: _Known | None, probe: ProbeInfo) -> ProbeInfo:
    """A device stays who it is as long as it stays plugged in, also when it is shut again."""
    opened = probe.firmware is not None and probe.holder is None
    if before is None or opened or before.probe.nameless:
        return probe
    return replace(
        before.probe,
        problem=probe.problem,
        remedy=probe.remedy,
        trouble=probe.trouble,
        remark=probe.remark,
        holder=probe.holder,
    )
