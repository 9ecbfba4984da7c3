"""What a part's option bytes forbid, told before the first write, and taken off when asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate

from tinylab.boards.board import Board
from tinylab.errors import ClockError, FlashProtected, LinkError
from tinylab.probe.connection import Connection
from tinylab.probe.option_bytes import OptionBytes, cube_programmer
from tinylab.probe.option_families import option_registers
from tinylab.units import megahertz


def read(connection: Connection) -> OptionBytes:
    """What the option bytes say; changes nothing. Raises LinkError."""
    return option_registers(connection, connection.board).read()


def read_after_reset(connection: Connection) -> OptionBytes:
    """What they say once the part has loaded them again; its firmware starts over."""
    connection.reset_and_halt()
    found = read(connection)
    connection.resume()
    return found


def require_writable(connection: Connection, wanted: Sequence[tuple[int, int]] | None) -> None:
    """Raise LinkError, with the remedy, if what is `wanted` cannot be erased and written.

    `wanted` lists (address, size); None is the whole flash.
    """
    board, found = connection.board, read(connection)
    if found.level:
        raise FlashProtected(
            f"The {board.title} is read-protected (RDP level {found.level}), so its flash cannot "
            "be written.",
            remedy=_remedy(connection, found) + " That erases all of its flash.",
            probe=connection.unique_id,
        )
    if found.arrange:
        raise FlashProtected(
            f"The flash of the {board.title} is divided otherwise than tinylab knows it: an "
            "option byte says so.",
            remedy=f"ST's tool sets it back: {cube_programmer(found.arrange)}.",
            probe=connection.unique_id,
        )
    touched = set(_touched(board, wanted)) if wanted is not None else set(found.sectors)
    secure = sorted(touched & set(found.secure))
    if secure:
        raise FlashProtected(
            f"{sectors_text(board, secure)} of the flash of the {board.title} "
            f"belong{'' if len(secure) > 1 else 's'} to the wireless stack (SFSA).",
            remedy="Use less flash, or take the stack off with STM32CubeProgrammer "
            "(Firmware Upgrade Services).",
            probe=connection.unique_id,
            sectors=tuple(secure),
        )
    barred = sorted(touched & set(found.sectors))
    if barred:
        raise FlashProtected(
            f"{sectors_text(board, barred)} of the flash of the {board.title} "
            f"{'are' if len(barred) > 1 else 'is'} write-protected.",
            remedy=_remedy(connection, found),
            probe=connection.unique_id,
            sectors=tuple(barred),
        )


def require_clock(connection: Connection, hz: float) -> None:
    """Raise ClockError if an option bit keeps this part from a clock that its kind allows."""
    board = connection.board
    limit = board.clocks.get("boost_above_hz")
    if limit is None or hz <= limit or read(connection).cpu_boost:
        return
    raise ClockError(
        f"This {board.title} may run at {megahertz(limit)} at most, not at {megahertz(hz)}: its "
        "option bit CPUFREQ_BOOST is not set.",
        remedy=f"Ask for {limit / 1e6:g} MHz or less, or set the bit, which stays: "
        f"{command(connection, '--cpu-boost')}.",
        asked_hz=hz,
        nearest_hz=(limit,),
    )


def unlock(connection: Connection) -> None:
    """Take write protection off, and read-out protection of level 1, which erases all.

    Afterwards the part may have been reset: connect anew, and `read_after_reset`. Raises
    LinkError when the controller refuses, or when it is protected in a way that is not ours to
    end.
    """
    found = read(connection)
    if found.obstacle:
        raise FlashProtected(
            f"The protection of the {connection.board.title} cannot be taken off here: "
            f"{found.obstacle}.",
            remedy=f"ST's tool can: {cube_programmer('RDP=0xAA')}; see its manual, UM2237.",
            probe=connection.unique_id,
        )
    _stand_still(connection)
    option_registers(connection, connection.board).unlock()


def set_cpu_boost(connection: Connection) -> None:
    """Set CPUFREQ_BOOST on a part that has it. Raises LinkError."""
    _stand_still(connection)
    option_registers(connection, connection.board).set_cpu_boost()


def sectors_text(board: Board, sectors: Sequence[int]) -> str:
    """`Sectors 0 to 3 and 7 (0x08000000 to 0x0800ffff, ...)`."""
    ends = list(accumulate(board.flash_layout.sizes, initial=board.flash.base))
    runs = list(_runs(sectors))
    numbers = [f"{first} to {last}" if last > first else str(first) for first, last in runs]
    places = [f"{ends[first]:#010x} to {ends[last + 1] - 1:#010x}" for first, last in runs]
    many = "Sectors" if len(sectors) > 1 else "Sector"
    return f"{many} {_listed(numbers)} ({', '.join(places)})"


def command(connection: Connection, flag: str) -> str:
    """How a user asks for a change of option bytes."""
    label = f"{connection.board.name}#{connection.unique_id}"
    return f"`tinylab option-bytes {label} {flag} --yes`"


def _remedy(connection: Connection, found: OptionBytes) -> str:
    if found.obstacle:
        return (
            f"{found.obstacle[:1].upper()}{found.obstacle[1:]}: use ST's tool, "
            f"{cube_programmer('RDP=0xAA')}."
        )
    return f"If that may go: {command(connection, '--unlock')} takes it off."


def _stand_still(connection: Connection) -> None:
    """The firmware must not use the flash meanwhile; a protected core may refuse to halt."""
    with suppress(LinkError):
        connection.reset_and_halt()


def _touched(board: Board, wanted: Sequence[tuple[int, int]]) -> Iterable[int]:
    """Numbers of the sectors that hold any of the (address, size) pieces."""
    start = board.flash.base
    for number, size in enumerate(board.flash_layout.sizes):
        if any(at < start + size and start < at + length for at, length in wanted):
            yield number
        start += size


def _runs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
