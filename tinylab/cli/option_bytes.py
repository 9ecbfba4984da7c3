"""`tinylab option-bytes BOARD`: shows the protection of a board's flash, and removes it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from tinylab.bench.plan.plan import parse_station
from tinylab.cli.output import print_json
from tinylab.display_text import one_line
from tinylab.errors import ExitCode, InputError, LinkError

if TYPE_CHECKING:
    from usb.backend import IBackend

    from tinylab.boards.board import Board
    from tinylab.probe.connection import Connection
    from tinylab.probe.option_bytes import OptionBytes


def option_bytes(arguments: argparse.Namespace, bus: IBackend | None = None) -> int:
    """Shows them, or applies the requested changes with --yes. `bus` as for `open_station`.

    Raises InputError without --yes, StationError, LinkError.
    """
    from tinylab.bench.station.station import Turn, open_station
    from tinylab.boards import catalog
    from tinylab.sim.cycles.precompile import announce

    request = parse_station(arguments.board)
    board = catalog.by_name(request.board)
    if request.clocks_hz:
        raise InputError(
            "option-bytes does not accept clocks.", remedy="Remove @ and what follows it."
        )
    turn = Turn("changing option bytes", compiling=announce)
    with open_station(request, bus, turn=turn, troubled=True) as station:
        found = _change(arguments, board, station.connection)
        serial = station.serial
    if found is None:
        # The change may have reset the part and ended the connection.
        with open_station(request, bus, turn=turn, troubled=True) as station:
            found = _confirmed(arguments, board, station.connection)
    _show(arguments, board, serial, found)
    return ExitCode.OK


def _change(
    arguments: argparse.Namespace, board: Board, connection: Connection
) -> OptionBytes | None:
    """The option bytes; None after a change."""
    from tinylab.probe import protection

    found = protection.read(connection)
    changes: list[Callable[[Connection], None]] = []
    if arguments.unlock and found.protected:
        _agree(arguments, _what_unlocking_does(board, found))
        changes.append(protection.unlock)
    if arguments.cpu_boost and found.cpu_boost is None:
        raise InputError(
            f"The {board.mcu} has no option bit CPUFREQ_BOOST.", remedy="Remove --cpu-boost."
        )
    if arguments.cpu_boost and not found.cpu_boost:
        _agree(arguments, f"CPUFREQ_BOOST of the {board.title} will be set, and remains set.")
        changes.append(protection.set_cpu_boost)
    for change in changes:
        change(connection)
    return None if changes else found


def _agree(arguments: argparse.Namespace, what: str) -> None:
    """Describe the change, which requires --yes."""
    if not arguments.yes:
        raise InputError(what, remedy="Nothing was changed; add --yes to apply it.")
    print(one_line(what), file=sys.stderr, flush=True)


def _what_unlocking_does(board: Board, found: OptionBytes) -> str:
    from tinylab.probe.protection import sectors_text

    done = []
    if found.level:
        done.append(
            f"The read-out protection of the {board.title} will be removed, which erases ALL of "
            "its flash."
        )
    if found.sectors:
        many = "s" if len(found.sectors) > 1 else ""
        done.append(
            f"The write protection of the {board.title} will be removed: "
            f"{sectors_text(board, found.sectors)}. The contents of the sector{many} remain until "
            "something is programmed there."
        )
    return " ".join(done)


def _confirmed(arguments: argparse.Namespace, board: Board, connection: Connection) -> OptionBytes:
    """Their new values. Raises LinkError if the part did not load them."""
    from tinylab.probe import protection

    found = protection.read_after_reset(connection)
    if (arguments.unlock and found.protected) or (arguments.cpu_boost and not found.cpu_boost):
        raise LinkError(
            f"The {board.title} did not load its new option bytes.",
            remedy="Unplug the board, plug it in again, and check with "
            f"`tinylab option-bytes {board.name}#{connection.unique_id}`.",
        )
    return found


def _show(arguments: argparse.Namespace, board: Board, serial: str, found: OptionBytes) -> None:
    from tinylab.probe.protection import sectors_text

    if arguments.json:
        print_json(
            {
                "board": board.name,
                "serial": serial,
                "read_out_protection": found.level,
                "write_protected_sectors": list(found.sectors),
                "cpu_boost": found.cpu_boost,
                "wireless_stack_sectors": list(found.secure),
                "to_be_arranged": found.arrange,
                "obstacle": found.obstacle,
            }
        )
        return
    print(one_line(f"{board.title}, {board.mcu}, probe {serial}"))
    print(f"read-out protection  level {found.level}{'' if found.level else ' (none)'}")
    sectors = _lower(sectors_text(board, found.sectors)) if found.sectors else "none"
    print(f"write protection     {sectors}")
    if found.cpu_boost is not None:
        print(f"CPUFREQ_BOOST        {'set' if found.cpu_boost else 'not set'}")
    if found.secure:
        print(f"wireless stack       {_lower(sectors_text(board, found.secure))}")
    if found.arrange:
        print(f"not as expected by tinylab: {found.arrange} would be")
    if found.obstacle:
        print(one_line(f"tinylab cannot remove it: {found.obstacle}"))
    elif found.protected:
        again = f"tinylab option-bytes {arguments.board.partition('#')[0]}#{serial} --unlock"
        print(one_line(f"`{again}` describes what removing it does; with --yes it removes it"))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
