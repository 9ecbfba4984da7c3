"""The low-power modes that PWR selects for a core whose SCR.SLEEPDEEP is set."""

from __future__ import annotations

from enum import StrEnum


class DeepSleep(StrEnum):
    STOP = "Stop"
    STANDBY = "Standby"
    SHUTDOWN = "Shutdown"


BY_LPMS = (
    *(DeepSleep.STOP,) * 3,
    DeepSleep.STANDBY,
    *(DeepSleep.SHUTDOWN,) * 4,
)
"""PWR_CR1.LPMS of the L4 and WB: Stop 0, 1 and 2, Standby, Shutdown (RM0432; RM0434)."""
BY_LPMS_OF_U5 = (
    *(DeepSleep.STOP,) * 4,
    *(DeepSleep.STANDBY,) * 2,
    *(DeepSleep.SHUTDOWN,) * 2,
)
"""PWR_CR1.LPMS of the U5: Stop 0 to 3, Standby, Shutdown (RM0456)."""
LPMS = 0b111
