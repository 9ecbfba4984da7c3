"""Derives the problem with a probe or its board, and the remedy, from what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinylab.boards.board import Board
from tinylab.probe import probe_firmware, stlink
from tinylab.probe.chip import Chip, board_with_device_id
from tinylab.probe.error_mapping import (
    FIRMWARE_REMEDY,
    POWER_REMEDY,
    Trouble,
    not_opened,
    trouble_of,
)
from tinylab.probe.usb_sysfs import User

NO_SUPPLY_V = 1.0
"""Below this the board is unpowered: STM32s need at least 1.6 V, and leakage through pins gives
some tenths of a volt."""
ADD_BOARD = "docs/boards.md describes how to add a board."


@dataclass(frozen=True)
class Diagnosis:
    """With a `problem` the probe cannot be used, with a `remark` it can; `remedy` is for both."""

    trouble: Trouble | None = None
    problem: str | None = None
    remark: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Facts:
    """What was read from a probe that could be opened."""

    serial: str
    firmware: str | None
    board_id: str | None
    board: Board | None
    volts: float | None
    chip: Chip | None

    @property
    def chip_text(self) -> str:
        """`no chip answers (3.3 V)` or `its chip reports DEV_ID 0x431, CPUID 0x410FC241`."""
        if self.chip is None:
            return f"no chip answers{self._at_volts}"
        return f"its chip reports {self.chip}"

    @property
    def _at_volts(self) -> str:
        return "" if self.volts is None else f" ({self.volts:.1f} V)"


def unsupported(product_id: int) -> Diagnosis:
    """An ST-Link that pyOCD does not support."""
    kind = stlink.UNSUPPORTED[product_id]
    return Diagnosis(
        Trouble.UNSUPPORTED,
        f"This {kind} is not supported.",
        remedy="Use an ST-Link/V2, V2-1 or STLINK-V3."
        if kind == stlink.V1
        else f"Replug it. If that does not help, complete its firmware update. {FIRMWARE_REMEDY}",
    )


def open_failure(
    error: BaseException, serial: str, users: Sequence[User], version: str | None = None
) -> Diagnosis:
    """Why the probe `serial` could not be opened."""
    failure = not_opened(error, serial, users)
    found = Diagnosis(trouble_of(error), failure.message, remedy=failure.remedy)
    needed = probe_firmware.oldest_usable(version)
    if found.trouble is Trouble.OLD_FIRMWARE and version and needed:
        message = (
            f"The firmware {version} of probe {serial} is too old; {needed} or later is required."
        )
        return replace(found, problem=message)
    return found


def board_problem(facts: Facts) -> Diagnosis:
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
    """The protection is only read from chips in the catalogue, so a board with it exists."""
    board = facts.board or board_with_device_id(chip.device_id)
    name = board.name if board else "BOARD"
    command = f"tinylab option-bytes {name}#{facts.serial} --unlock --yes"
    return f"`{command}` removes the protection and erases the whole flash."


def _silent(facts: Facts) -> Diagnosis:
    return Diagnosis(
        Trouble.NO_ANSWER,
        remark=f"On probe {facts.serial} {facts.chip_text}.",
        remedy="If the firmware uses the SWD pins, a run connects under reset. "
        "A part at level 2 of read-out protection never answers.",
    )


def _unknown(facts: Facts) -> Diagnosis:
    if facts.board_id is not None:
        what = f"The board {facts.board_id} on probe {facts.serial} is not in the catalogue"
    else:
        what = f"Probe {facts.serial} does not report its board"
    remedies = []
    device_id = facts.chip.device_id if facts.chip else None
    similar = board_with_device_id(device_id) if device_id else None
    if similar is not None:
        remedies.append(
            f"{similar.name} has the same chip: `--on {similar.name}#{facts.serial}` uses it as "
            "that board."
        )
    needed = probe_firmware.needed_for_board_id(facts.firmware)
    if needed is not None:
        remedies.append(f"Reporting the board requires firmware {needed}. {FIRMWARE_REMEDY}")
    return Diagnosis(
        Trouble.UNKNOWN_BOARD,
        remark=f"{what}; {facts.chip_text}.",
        remedy=" ".join([*remedies, ADD_BOARD]),
    )
