"""Baud rates of a board's serial port at a clock, and their dividers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tinylab.boards.board import Board
from tinylab.boards.clock_family import ClockSettings
from tinylab.errors import InputError
from tinylab.units import megahertz

BAUDS = (921_600, 460_800, 230_400, 115_200)
"""Candidate rates, the fastest first; every ST-Link supports these."""
TOLERANCE = 0.025
"""Largest relative error of a rate: a receiver tolerates 3.3 % (RM0434, USART, tolerance of the
receiver to clock deviation); the rest is left for the oscillator."""

APB2 = range(0x4001_0000, 0x4002_0000)
"""Addresses of the APB2 peripherals; those below are on APB1 (memory maps of all families)."""
USART_DIVIDERS = range(16, 1 << 16)
"""BRR with 16 samples a bit (RM0434 and RM0368, USART_BRR)."""
LPUART_DIVIDERS = range(0x300, 1 << 20)
"""BRR of an LPUART, in 256ths (RM0432, LPUART_BRR)."""

_PIN = re.compile("P[A-K]([0-9]|1[0-5])", re.ASCII)


@dataclass(frozen=True)
class Rate:
    """A baud rate, and its value of BRR."""

    baud: int
    divider: int


def rates(board: Board, clock: ClockSettings) -> tuple[Rate, ...]:
    """Those of BAUDS that the port supports at `clock` within the tolerance, the fastest first.

    The port runs from its bus clock, as after a reset. Raises InputError when there are none.
    """
    _require_settings(
        board, "Add alternate and enable to [serial] (docs/boards.md), or --link swd."
    )
    found = tuple(rate for baud in BAUDS if (rate := _rate(board, clock, baud)) is not None)
    if not found:
        raise InputError(
            f"At {megahertz(clock.hz)} the serial port of {board.name} supports none of "
            f"{', '.join(f'{baud:,}' for baud in BAUDS)} baud.",
            remedy="Choose a higher clock, or --link swd.",
        )
    return found


def rate(board: Board, clock: ClockSettings, baud: int) -> Rate:
    """The setting for one baud rate, in both directions.

    Raises InputError if the board file lacks the port's settings, or the port does not support the
    rate at `clock`.
    """
    remedy = "Add alternate, enable and the pin rx to [serial] (docs/boards.md)."
    _require_settings(board, remedy, both_ways=True)
    found = _rate(board, clock, baud)
    if found is None:
        raise InputError(
            f"At {megahertz(clock.hz)} the serial port of {board.name} does not support "
            f"{baud:,} baud.",
            remedy="Choose another --baud, or another clock.",
        )
    return found


def _require_settings(board: Board, remedy: str, *, both_ways: bool = False) -> None:
    port = board.serial
    receives = bool(_PIN.fullmatch(port.rx)) and isinstance(board.interrupts.get(port.name), int)
    if port.alternate is None or not port.enable or (both_ways and not receives):
        raise InputError(
            f"The serial port of {board.name} cannot be used: its board file lacks its settings.",
            remedy=remedy,
        )


def _rate(board: Board, clock: ClockSettings, baud: int) -> Rate | None:
    low_power = board.serial.name.startswith("LPUART")
    bus_hz = clock.apb_hz[board.serial.base in APB2] * (256 if low_power else 1)
    divider = round(bus_hz / baud)
    if divider not in (LPUART_DIVIDERS if low_power else USART_DIVIDERS):
        return None
    return Rate(baud, divider) if abs(bus_hz / divider / baud - 1) <= TOLERANCE else None
