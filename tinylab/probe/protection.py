"""Checks a part's protection before the first write, and removes it on request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate

from tinylab.boards.board import Board
from tinylab.boards.clocks import boost_limit_hz
from tinylab.errors import ClockError, FlashProtected, LinkError
from tinylab.probe.connection import Connection
from tinylab.probe.option_bytes import OptionBytes, cube_programmer
from tinylab.probe.option_families import option_registers
from tinylab.units import megahertz


def read(connection: Connection) -> OptionBytes:
    """The option bytes; has no side effects. Raises LinkError."""
    return option_registers(connection, connection.board).read()


def read_after_reset(connection: Connection) -> OptionBytes:
    """The option bytes after a reset, which loads them; the firmware restarts."""
    connection.reset_and_halt()
    found = read(connection)
    connection.resume()
    return found


def require_writable(connection: Connection, wanted: Sequence[tuple[int, int]] | None) -> None:
    """Raise LinkError, with the remedy, if the range `wanted` cannot be erased and written.

    `wanted` lists (address, size); None means the whole flash.
    """
    board, found = connection.board, read(connection)
    if found.level:
        raise FlashProtected(
            f"The {board.title} is read-protected (RDP level {found.level}), so its flash cannot "
            "be written.",
            remedy=_remedy(connection, found) + " This erases the whole flash.",
            probe=connection.unique_id,
        )
    if found.arrange:
        raise FlashProtected(
            f"The option bytes of the {board.title} divide its flash into other sectors than the "
            "board's record lists.",
            remedy=f"Restore the setting with ST's tool: {cube_programmer(found.arrange)}.",
            probe=connection.unique_id,
        )
    touched = set(_touched(board, wanted)) if wanted is not None else set(found.sectors)
    secure = sorted(touched & set(found.secure))
    if secure:
        raise FlashProtected(
            f"{sectors_text(board, secure)} of the flash of the {board.title} "
            f"belong{'' if len(secure) > 1 else 's'} to the wireless stack (SFSA).",
            remedy="Use less flash, or remove the stack with STM32CubeProgrammer "
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
    """Raise ClockError if `hz` requires the option bit CPUFREQ_BOOST and it is not set."""
    board = connection.board
    limit = boost_limit_hz(board)
    if limit is None or hz <= limit or read(connection).cpu_boost:
        return
    raise ClockError(
        f"This {board.title} runs at {megahertz(limit)} at most, not at {megahertz(hz)}: its "
        "option bit CPUFREQ_BOOST is not set.",
        remedy=f"Use {limit / 1e6:g} MHz or less, or set the bit permanently with "
        f"{command(connection, '--cpu-boost')}.",
        asked_hz=hz,
        nearest_hz=(limit,),
    )


def unlock(connection: Connection) -> None:
    """Remove write protection, and read-out protection of level 1, which erases the flash.

    The part may reset: connect again afterwards and call `read_after_reset`. Raises LinkError
    when the controller rejects the change, or when tinylab does not support removing the
    protection (`OptionBytes.obstacle`).
    """
    found = read(connection)
    if found.obstacle:
        raise FlashProtected(
            f"tinylab cannot remove the protection of the {connection.board.title}: "
            f"{found.obstacle}.",
            remedy=f"Use ST's tool: {cube_programmer('RDP=0xAA')}; see its manual, UM2237.",
            probe=connection.unique_id,
        )
    _halt_firmware(connection)
    option_registers(connection, connection.board).unlock()


def set_cpu_boost(connection: Connection) -> None:
    """Set CPUFREQ_BOOST on a part that has it. Raises LinkError."""
    _halt_firmware(connection)
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
    """The command that changes the option bytes."""
    label = f"{connection.board.name}#{connection.unique_id}"
    return f"`tinylab option-bytes {label} {flag} --yes`"


def _remedy(connection: Connection, found: OptionBytes) -> str:
    if found.obstacle:
        return (
            f"{found.obstacle[:1].upper()}{found.obstacle[1:]}: use ST's tool, "
            f"{cube_programmer('RDP=0xAA')}."
        )
    return f"To remove the protection: {command(connection, '--unlock')}."


def _halt_firmware(connection: Connection) -> None:
    """The firmware must not use the flash meanwhile. A protected core may not halt."""
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
