"""Watches which probes are plugged in, without opening those that are already known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from usb.backend import IBackend

from tinylab.probe import discovery, lock, stlink
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import Trouble
from tinylab.probe.lock_holder import Holder

RETRY_S = 2.0
"""Interval of retries: permissions, power and other programs change without a plug event."""
PERMANENT = (Trouble.READ_PROTECTED, Trouble.UNKNOWN_BOARD, Trouble.NO_ANSWER, Trouble.UNSUPPORTED)
"""Problems that a retry does not solve; opening the probe again might disturb the board."""


SETTLES_S = 1.5
"""After a plug event the operating system needs this long to grant permission."""
PORT_COMES_S = 5.0
"""After a plug event the serial port may appear this much later."""


@dataclass(frozen=True)
class _Known:
    """What was found at a location on the bus; when it appeared, and when it was last inspected."""

    probe: ProbeInfo
    came: float
    asked: float

    def is_due(self, now: float, holder: Holder | None) -> bool:
        """Whether to inspect it again: a retry may help, or its holder has changed."""
        if holder != self.probe.holder:
            return True
        trouble = self.probe.trouble
        if trouble is None or trouble in PERMANENT:
            return False
        settling = trouble is Trouble.NO_PERMISSION and now - self.came < SETTLES_S
        return settling or now - self.asked >= RETRY_S

    def with_port(self, now: float) -> _Known:
        """With the serial port, which may appear a little later than the probe."""
        if self.probe.serial_port is not None or now - self.came >= PORT_COMES_S:
            return self
        return replace(self, probe=discovery.with_port(self.probe))


class ProbeWatch:
    """Reports when a probe appears, disappears or becomes usable; poll it from one thread.

    A new probe is opened once, then again every RETRY_S while it has a problem that may be
    temporary (more often in the first SETTLES_S). A probe without a problem is not opened again
    while it stays plugged in, nor is one that a tinylab process uses: a running measurement is
    not disturbed. For a probe that can no longer be opened, what was read earlier is still
    reported. `clock` returns seconds.
    """

    def __init__(
        self, backend: IBackend | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._backend = backend
        self._clock = clock
        self._known: dict[stlink.Location, _Known] = {}
        self._reported: tuple[ProbeInfo, ...] | None = None

    def poll(self) -> tuple[ProbeInfo, ...] | None:
        """All probes as `list_probes` returns them; None if nothing changed since the last poll.

        The first poll always returns them. Raises StationError when no USB library is installed.
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
        if probes == self._reported:
            return None
        self._reported = probes
        return probes


def _remembering(before: _Known | None, probe: ProbeInfo) -> ProbeInfo:
    """Keeps what was read from a device that stays plugged in but can no longer be opened."""
    opened = probe.firmware is not None and probe.holder is None
    if before is None or opened or before.probe.has_no_serial:
        return probe
    return replace(
        before.probe,
        problem=probe.problem,
        remedy=probe.remedy,
        trouble=probe.trouble,
        remark=probe.remark,
        holder=probe.holder,
    )
