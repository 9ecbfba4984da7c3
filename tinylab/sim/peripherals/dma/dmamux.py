"""DMAMUX: routes requests to DMA channels."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

REQUEST = 0xFF
"""CxCR.DMAREQ_ID, at most eight bits wide."""


class DMAMUX(Peripheral):
    """DMAMUX (RM0434 and RM0468, DMAMUX); synchronisation and generators are not emulated."""

    def selected(self, channel: int) -> int:
        """The number of the request routed to `channel`."""
        return self.words.get(4 * channel, 0) & REQUEST
