"""From what was found of a probe and its board: what is amiss, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinylab.boards.board import Board
from tinylab.probe import probe_firmware, stlink
from tinylab.probe.chip import Chip, sharing
from tinylab.probe.error_mapping import (
    FIRMWARE_REMEDY,
    POWER_REMEDY,
    Trouble,
    not_opened,
    trouble_of,
)
from tinylab.probe.usb_sysfs import User

NO_SUPPLY_V = 1.0
"""Below it nothing runs: no STM32 works with less than 1.6 V, and pins leak some tenths."""
ADD_BOARD = "docs/boards.md tells how to add a board."


@dataclass(frozen=True)
class Diagnosis:
    """A `problem` keeps the probe from being used, a `remark` does not; `remedy` is for both."""

    trouble: Trouble | None = None
    problem: str | None = None
    remark: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a probe that could be opened told."""

    serial: str
    firmware: str | None
    board_id: str | None
    board: Board | None
    volts: float | None
    chip: Chip | None

    @property
    def chip_said(self) -> str:
        if self.chip is None:
            return f"no chip answers behind it{self._at_volts}"
        return f"its chip says {self.chip}"

    @property
    def _at_volts(self) -> str:
        return "" if self.volts is None else f" ({self.volts:.1f} V)"


def not_driven(product_id: int) -> Diagnosis:
    """An ST-Link that pyOCD has no driver for."""
    kind = stlink.NOT_DRIVEN[product_id]
    return Diagnosis(
        Trouble.NOT_DRIVEN,
        f"This {kind} cannot be used.",
        remedy="Use an ST-Link/V2, V2-1 or STLINK-V3."
        if kind == stlink.V1
        else f"Replug it; if it stays so, finish the update of its firmware. {FIRMWARE_REMEDY}",
    )


def of_error(
    error: BaseException, serial: str, users: Sequence[User], version: str | None = None
) -> Diagnosis:
    """Why the probe `serial` could not be opened."""
    told = not_opened(error, serial, users)
    found = Diagnosis(trouble_of(error), told.message, remedy=told.remedy)
    needed = probe_firmware.oldest_usable(version)
    if found.trouble is Trouble.OLD_FIRMWARE and version and needed:
        message = f"The firmware {version} of probe {serial} is too old; it takes {needed}."
        return replace(found, problem=message)
    return found


def of_board(facts: Facts) -> Diagnosis:
    """Whether the board behind an opened probe can be used."""
    if facts.chip is None and facts.volts is not None and facts.volts < NO_SUPPLY_V:
        return Diagnosis(
            Trouble.NO_POWER,
            f"The board on probe {facts.serial} has no power: {facts.volts:.1f} V.",
            remedy=POWER_REMEDY,
        )
    protection = facts.chip.read_protection if facts.chip else None
    if facts.chip is not None and protection is not None and protection.locks:
        return Diagnosis(
            Trouble.READ_PROTECTED,
            f"The chip on probe {facts.serial} is read-protected ({protection}): its flash can "
            "neither be read nor programmed.",
            remedy=_unlocking(facts, facts.chip),
        )
    if facts.board is None:
        return _unknown(facts)
    return Diagnosis() if facts.chip is not None else _silent(facts)


def _unlocking(facts: Facts, chip: Chip) -> str:
    """A chip whose protection could be read is one of the catalogue's, on whatever board."""
    board = facts.board or sharing(chip.device_id)
    name = board.name if board else "BOARD"
    command = f"tinylab option-bytes {name}#{facts.serial} --unlock --yes"
    return f"`{command}` takes the protection off, and erases the whole flash."


def _silent(facts: Facts) -> Diagnosis:
    return Diagnosis(
        Trouble.NO_ANSWER,
        remark=f"On probe {facts.serial} {facts.chip_said.replace(' behind it', '')}.",
        remedy="Firmware that takes the SWD pins for itself is met under reset when a run "
        "begins; a part at level 2 of read-out protection never answers.",
    )


def _unknown(facts: Facts) -> Diagnosis:
    if facts.board_id is not None:
        what = f"The board {facts.board_id} on probe {facts.serial} is not in the catalogue"
    else:
        what = f"Probe {facts.serial} does not say which board it is on"
    remedies = []
    kin = sharing(facts.chip.device_id) if facts.chip and facts.chip.device_id else None
    if kin is not None:
        remedies.append(
            f"The chip is that of {kin.name}: `--on {kin.name}#{facts.serial}` takes it for one."
        )
    needed = probe_firmware.needed_for_board_id(facts.firmware)
    if needed is not None:
        remedies.append(f"Telling the board takes {needed}. {FIRMWARE_REMEDY}")
    return Diagnosis(
        Trouble.UNKNOWN_BOARD,
        remark=f"{what}; {facts.chip_said}.",
        remedy=" ".join([*remedies, ADD_BOARD]),
    )
