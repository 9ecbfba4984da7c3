"""A call of a known flash algorithm has the same effects performed at once as simulated."""

from __future__ import annotations

import hashlib
import random
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pyocd.core.exceptions import FlashFailure
from pyocd.flash.flash import Flash

from tests.fakes.stations import station, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.probe import flash
from tinylab.probe.connection import Connection
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.flash import flash_u5

BASE = 0x0800_0000
PAGE = 0x400
BOARDS = pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
OURS = ("nucleo_wb55rg", "nucleo_l4r5zi", "nucleo_u575zi_q", "nucleo_h7a3zi_q")
"""Their algorithms report every error."""
F4_AND_F7 = ("nucleo_f446re", "nucleo_f767zi")
KEPT_REGISTERS = (0, *range(4, 12), 13, 15, 16)
"""What a call returns and keeps, with the program counter and xPSR."""
IPSR_AND_T = 0x0100_01FF


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def state_of(machine: Machine) -> tuple[object, ...]:
    """What is left by a call: registers of the core and of the flash controller, and the flash."""
    core = [machine.read_register(number) for number in KEPT_REGISTERS]
    controller = tuple(machine.part.flash.read(offset) for offset in range(0, 0x200, 4))
    content = hashlib.sha256(machine.memory.flash.buffer).hexdigest()
    return (*core[:-1], core[-1] & IPSR_AND_T, machine.state, controller, content)


@contextmanager
def board_that(board: Board, *, performs: bool) -> Iterator[tuple[Machine, Connection]]:
    with (
        station(board) as (bus, device),
        Connection(bus, device.descriptor.serial_number, board) as connection,
    ):
        device.machine.flash_routines.wanted = performs
        yield device.machine, connection


def algorithm_of(connection: Connection) -> Flash:
    return connection.session.target.memory_map.get_boot_memory().flash


def both(board: Board, action: Callable[[Machine, Connection], object]) -> list[object]:
    """What `action` returns with calls performed, and with calls simulated."""
    results = []
    for performs in (True, False):
        with board_that(board, performs=performs) as (machine, connection):
            connection.reset_and_halt()
            results.append(action(machine, connection))
    return results


@BOARDS
def test_every_call_of_programming_has_the_same_effects(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New data, then other data over it, at the begin and near the middle of the flash."""
    wait = Flash.wait_for_completion

    def program(machine: Machine, connection: Connection) -> list[tuple[object, ...]]:
        states: list[tuple[object, ...]] = []

        def waited(self: Flash, timeout: float | None = None) -> int:
            result = wait(self, timeout)
            states.append((result, *state_of(machine)))
            return int(result)

        monkeypatch.setattr(Flash, "wait_for_completion", waited)
        middle = BASE + board.flash.size // 2 - 0x2000
        for seed in (1, 2):
            segments = [(BASE, noise(5_001, seed)), (middle, noise(0x2010, seed))]
            flash.program(connection, segments, lambda _done: None)
        return states

    performed, simulated = both(board, program)
    assert performed == simulated


@BOARDS
def test_every_page_of_every_board_is_programmed_at_once(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when pyOCD's algorithm, or ours, has changed: `known` then needs the new one."""
    calls: Counter[str] = Counter()
    call = Flash._call_function

    def counted(self: Flash, pc: int, *arguments: object, **named: object) -> None:
        calls.update(
            name for name in ("program_page", "erase_sector") if self.flash_algo[f"pc_{name}"] == pc
        )
        call(self, pc, *arguments, **named)

    monkeypatch.setattr(Flash, "_call_function", counted)
    with board_that(board, performs=True) as (machine, connection):
        flash.program(connection, [(BASE, noise(20_000))], lambda _done: None)
        performed = machine.flash_routines.performed
    assert calls["program_page"] > 1
    assert performed == calls["program_page"] + (board.name in OURS) * calls["erase_sector"]


def outcome(call: Callable[..., object], *arguments: object) -> str:
    try:
        call(*arguments)
    except FlashFailure as error:
        return f"{type(error).__name__} {error}"
    return "success"


@pytest.mark.parametrize("name", OURS)
def test_cells_that_are_not_erased_are_refused(name: str) -> None:
    def program(machine: Machine, connection: Connection) -> tuple[object, ...]:
        algorithm = algorithm_of(connection)
        algorithm.init(algorithm.Operation.PROGRAM)
        said = [outcome(algorithm.program_page, BASE, noise(PAGE, seed)) for seed in (1, 2)]
        return (said, state_of(machine))

    performed, simulated = both(by_name(name), program)
    assert performed == simulated
    said = performed[0]  # type: ignore[index]
    assert said[0] == "success"
    if name != "nucleo_h7a3zi_q":  # the H7 stores the bits that both have, with wrong ECC
        assert "failure" in said[1]


@pytest.mark.parametrize("name", [*OURS, *F4_AND_F7])
def test_write_protected_sectors_are_refused(name: str) -> None:
    def program(machine: Machine, connection: Connection) -> tuple[object, ...]:
        machine.part.flash.options.protect(0, 0)
        algorithm = algorithm_of(connection)
        algorithm.init(algorithm.Operation.ERASE)
        erased = outcome(algorithm.erase_sector, BASE)
        algorithm.init(algorithm.Operation.PROGRAM)
        programmed = outcome(algorithm.program_page, BASE, noise(PAGE))
        return (erased, programmed, state_of(machine))

    performed, simulated = both(by_name(name), program)
    assert performed == simulated
    assert "FlashEraseFailure" in performed[0]  # type: ignore[index]
    assert "FlashProgramFailure" in performed[1]  # type: ignore[index]


def locked(machine: Machine, _algorithm: Flash) -> None:
    machine.part.flash.lock.lock()


def in_a_quad_word(machine: Machine, _algorithm: Flash) -> None:
    machine.part.flash.write(flash_u5.NSCR, flash_u5.PG)
    machine.part.flash.store(BASE, 4, 0)


def after_an_error(machine: Machine, _algorithm: Flash) -> None:
    machine.part.flash.store(BASE, 4, 0)


def other_code(machine: Machine, algorithm: Flash) -> None:
    """In a word that is not even executed."""
    machine.write_memory(algorithm.end_flash_algo - 4, bytes(4))


def no_stack(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(13, machine.board.ram[0].base)


def elsewhere(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(0, machine.board.ram[0].base)


def half_a_quad_word(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(1, PAGE + 8)


def no_data(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(2, 0x6000_0000)


def data_in_flash(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(2, BASE + 0x8000)


def data_on_the_stack(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(2, machine.read_register(13) - PAGE)


def code_on_the_stack(machine: Machine, algorithm: Flash) -> None:
    machine.write_register(13, algorithm.end_flash_algo)


def breakpoint_in_the_code(machine: Machine, algorithm: Flash) -> None:
    machine.part.fpb.write(0x8, algorithm.flash_algo["pc_program_page"] | 1)
    machine.part.fpb.write(0x0, 0b11)


def in_a_handler(machine: Machine, _algorithm: Flash) -> None:
    machine.write_register(16, 3)


def nothing(_machine: Machine, _algorithm: Flash) -> None:
    """The call would succeed."""


SPOILT = (
    locked,
    in_a_quad_word,
    after_an_error,
    other_code,
    no_stack,
    elsewhere,
    half_a_quad_word,
    no_data,
    data_in_flash,
    data_on_the_stack,
    code_on_the_stack,
    breakpoint_in_the_code,
    in_a_handler,
)


@pytest.mark.parametrize("spoil", [nothing, *SPOILT])
def test_a_call_that_may_fail_is_left_to_the_simulation(
    spoil: Callable[[Machine, Flash], None],
) -> None:
    with board_that(by_name("nucleo_u575zi_q"), performs=True) as (machine, connection):
        connection.reset_and_halt()
        algorithm = algorithm_of(connection)
        algorithm.init(algorithm.Operation.PROGRAM)
        for number, value in enumerate((BASE, PAGE, algorithm.page_buffers[0])):
            machine.write_register(number, value)
        machine.write_register(14, algorithm.flash_algo["load_address"] + 1)
        machine.write_register(15, algorithm.flash_algo["pc_program_page"])
        spoil(machine, algorithm)
        before = state_of(machine)
        assert machine.flash_routines.perform() == (spoil is nothing)
        assert (state_of(machine) == before) == (spoil is not nothing)


@pytest.mark.parametrize("name", ["nucleo_f446re", "nucleo_wb55rg"])
def test_code_that_was_executed_can_be_replaced(name: str) -> None:
    """The core has translated the code that a call changes."""
    with board_that(by_name(name), performs=True) as (machine, connection):
        for number in (1, 2):
            code = struct.pack("<II4H", 0x2000_0400, BASE + 9, 0x2000 | number, 0xBE00, 0, 0)
            flash.program(connection, [(BASE, code)], lambda _done: None)
            connection.resume()
            wait_until(lambda: machine.state is CoreState.HALTED)
            assert machine.read_register(0) == number
