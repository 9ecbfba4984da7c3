"""Identifies the chip behind a probe over the debug port, without halting the core.

A running core keeps running. There is one side effect: at level 1 of read-out protection, a
part denies flash access to its own firmware too while a debugger is connected, on some parts
until the next power-up (RM0390 and others, Read protections).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pyocd.probe.stlink.stlink import STLink

from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.probe.error_mapping import FOREIGN
from tinylab.probe.option_bytes import level
from tinylab.probe.option_families import FAMILIES

DEVICE_ID_MASK = 0xFFF
CPUID = 0xE000_ED00
MEMORY_AP = 0
CSW = 0x2300_0000
"""Debugger's access, data, privileged (ARM IHI 0031, MEM-AP on AHB)."""
WORD = 4


class ReadProtection(StrEnum):
    """Levels of read-out protection, as numbered in the reference manuals."""

    NONE = "level 0"
    SECURE_ONLY = "level 0.5"
    LEVEL_1 = "level 1"
    LEVEL_2 = "level 2"

    @property
    def locks(self) -> bool:
        """Whether the debugger cannot access the flash."""
        return self in (ReadProtection.LEVEL_1, ReadProtection.LEVEL_2)


LEVELS = (ReadProtection.NONE, ReadProtection.LEVEL_1, ReadProtection.LEVEL_2)
WITH_TRUSTZONE, SECURE_ONLY = "u5", 0x55
"""The kind of flash controller that has level 0.5, and its RDP byte (RM0456)."""


@dataclass(frozen=True)
class Chip:
    """What was read from the chip; None for what could not be read.

    `device_id` is DEV_ID of DBGMCU_IDCODE, `cpuid` the core's CPUID register.
    """

    device_id: int | None
    cpuid: int | None
    read_protection: ReadProtection | None

    def __str__(self) -> str:
        """`DEV_ID 0x431, CPUID 0x410FC241`."""
        parts = []
        if self.device_id is not None:
            parts.append(f"DEV_ID {self.device_id:#05x}")
        if self.cpuid is not None:
            parts.append(f"CPUID 0x{self.cpuid:08X}")
        return ", ".join(parts)


def identify(link: STLink, board: Board | None) -> Chip | None:
    """Read the chip's identity over the open `link`; None when no chip answers.

    If `board` is None, the register addresses follow from the chip's DEV_ID. The link is
    restored to its former state. Never raises one of pyOCD's errors.
    """
    try:
        link.enter_debug(STLink.Protocol.SWD)
        link.open_ap(MEMORY_AP)
        cpuid = _word(link, CPUID)
        if cpuid is None:
            return None
        device_id = _device_id(link, [board] if board else []) or _device_id(
            link, catalog.all_boards()
        )
        is_the_boards = board is not None and device_id in (None, board.identity.device_id)
        similar = board if is_the_boards else board_with_device_id(device_id)
        return Chip(device_id, cpuid, _read_protection(link, similar) if similar else None)
    except FOREIGN:
        return None
    finally:
        with suppress(*FOREIGN):
            link.enter_idle()


def board_with_device_id(device_id: int | None) -> Board | None:
    """The first board of the catalogue whose chip has this DEV_ID."""
    return next((b for b in catalog.all_boards() if b.identity.device_id == device_id), None)


def _device_id(link: STLink, boards: Sequence[Board]) -> int | None:
    """DEV_ID, read at the boards' IDCODE addresses; None if no address gives one.

    A value that belongs to one of `boards` is preferred.
    """
    addresses = dict.fromkeys(board.identity.idcode_address for board in boards)
    read = [found & DEVICE_ID_MASK for found in (_word(link, at) for at in addresses) if found]
    known = {board.identity.device_id for board in boards}
    return next((one for one in read if one in known), next(iter(read), None))


def _read_protection(link: STLink, board: Board) -> ReadProtection | None:
    layout = board.flash_layout
    register, lowest = FAMILIES[layout.kind].RDP_AT
    options = _word(link, layout.registers + register)
    if options is None:
        return None
    code = options >> lowest & 0xFF
    if (layout.kind, code) == (WITH_TRUSTZONE, SECURE_ONLY):
        return ReadProtection.SECURE_ONLY
    return LEVELS[level(code)]


def _word(link: Any, address: int) -> int | None:
    """A word of memory; None on a bus fault or another error of the link."""
    with suppress(*FOREIGN):
        return int(struct.unpack("<I", bytes(link.read_mem32(address, WORD, MEMORY_AP, CSW)))[0])
    return None
