"""DMAMUX: which request reaches which DMA channel."""

from __future__ import annotations

from tinylab.sim.bus import Peripheral

REQUEST = 0xFF
"""CxCR.DMAREQ_ID, at most eight bits wide."""


class DMAMUX(Peripheral):
    """DMAMUX (RM0434 and RM0468, DMAMUX); synchronisation and generators are not emulated."""

    def selected(self, channel: int) -> int:
        """The number of the request that `channel` has."""
        return self.words.get(4 * channel, 0) & REQUEST
