"""The age of a probe's firmware, and which versions are too old.

ST numbers its probe firmware but does not date it. This table has, for each version, a day by
which it was released: the date of a public mention.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyocd.probe.stlink.stlink import STLink

VERSION = re.compile(r"V(\d+)J(\d+)")

SIGHTINGS: Mapping[int, Sequence[tuple[int, str, str]]] = {
    2: (
        (26, "2016-02-10", "community.st.com, ST Link upgraded to V2.J26.S0 stopped working"),
        (28, "2017-04-20", "github.com/platformio/platform-ststm32/issues/43"),
        (32, "2018-10-02", "github.com/ARMmbed/mbed-os/issues/8296"),
        (33, "2019-04-16", "github.com/drowe67/codec2-dev/pull/22"),
        (35, "2020-03-31", "github.com/stlink-org/stlink/pull/900"),
        (37, "2020-05-11", "github.com/stlink-org/stlink/issues/956"),
        (38, "2021-11-05", "github.com/RadioOperator/CMSIS-DAP_for_STLINK-V3MINI/issues/1"),
        (40, "2022-12-04", "github.com/armink/HackSTLinkUpgrade/pull/9"),
        (46, "2025-05-26", "the build date that a NUCLEO-F446RE shows for its V2J46M33"),
    ),
    3: (
        (4, "2019-05-07", "github.com/pyocd/pyOCD/pull/628"),
        (7, "2021-03-15", "github.com/stlink-org/stlink/issues/820"),
        (8, "2021-11-05", "github.com/RadioOperator/CMSIS-DAP_for_STLINK-V3MINI/issues/1"),
        (16, "2025-07-25", "github.com/blackmagic-debug/blackmagic/issues/2135"),
    ),
    4: ((6, "2025-05-23", "github.com/pyocd/pyOCD/issues/1781"),),
}
"""By the first number of the version: (its J, released by that day, source), ascending."""

OLDEST_USABLE: Mapping[int, int] = {2: STLink.MIN_JTAG_VERSION}
"""The J below which pyOCD cannot use a probe."""
OLDEST_KNOWING_BOARDS: Mapping[int, int] = STLink.MIN_JTAG_VERSION_GET_BOARD_IDS
"""The J below which a probe does not report its board."""


@dataclass(frozen=True)
class FirmwareAge:
    """`out_by` is the day by which the version was released, None if it is newer than all known.

    `newest` is the newest known version, such as `V2J46`, released by `newest_out_by`; `outdated`
    is whether the probe's version is older. Days are `YYYY-MM-DD`. ST may have released each
    version earlier, and newer ones since.
    """

    out_by: str | None
    newest: str
    newest_out_by: str
    outdated: bool

    def __str__(self) -> str:
        """`from 2020-05-11 or earlier; V2J46 is newer (2025-05-26)`."""
        if self.out_by is None:
            return f"newer than {self.newest} of {self.newest_out_by}, the newest known version"
        released = f"from {self.out_by} or earlier"
        if self.outdated:
            return f"{released}; {self.newest} is newer ({self.newest_out_by})"
        return f"{released}, the newest known version"


def age(firmware: str | None) -> FirmwareAge | None:
    """The age of a version such as `V2J37M26`; None if unknown."""
    numbers = _numbers(firmware)
    sightings = SIGHTINGS.get(numbers[0]) if numbers else None
    if numbers is None or sightings is None:
        return None
    newest, newest_day, _ = sightings[-1]
    day = next((day for number, day, _ in sightings if number >= numbers[1]), None)
    return FirmwareAge(day, f"V{numbers[0]}J{newest}", newest_day, numbers[1] < newest)


def needed_for_board_id(firmware: str | None) -> str | None:
    """The oldest version that reports its board (`V2J36`), if `firmware` is older; else None."""
    numbers = _numbers(firmware)
    oldest = OLDEST_KNOWING_BOARDS.get(numbers[0]) if numbers else None
    if numbers is None or oldest is None or numbers[1] >= oldest:
        return None
    return f"V{numbers[0]}J{oldest}"


def oldest_usable(firmware: str | None) -> str | None:
    """`V2J24` for a V2 of any kind; None if every version is usable."""
    numbers = _numbers(firmware)
    oldest = OLDEST_USABLE.get(numbers[0]) if numbers else None
    return f"V{numbers[0]}J{oldest}" if numbers and oldest else None


def _numbers(firmware: str | None) -> tuple[int, int] | None:
    found = VERSION.match(firmware or "")
    return (int(found[1]), int(found[2])) if found else None
