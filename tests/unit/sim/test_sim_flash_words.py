"""Words that a flash controller takes at once have the effect of storing them one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tinylab.boards.board import Board, Bus
from tinylab.boards.catalog import all_boards
from tinylab.sim.families import FLASH_KINDS
from tinylab.sim.flash_routines import known
from tinylab.sim.flash_routines.known import Algorithm
from tinylab.sim.memory import HostMemory
from tinylab.sim.peripherals.flash.flash_controller import FlashController

ERASED = 0xFF
WORD = 4
FLASH_WORDS = 32
"""A multiple of every controller's flash word."""
KEYS = (0x4567_0123, 0xCDEF_89AB)
KEY_REGISTERS = {"f4": (4,), "f7": (4,), "h7": (4, 0x104), "h7a3": (4, 0x104)}
"""Offset 8 for all other kinds."""
ALGORITHMS = {
    "f4": known.PYOCD_F4,
    "f7": known.PYOCD_F7,
    "h7": known.PYOCD_H743,
    "h7a3": known.STM32H7A3,
    "l4": known.STM32WB,
    "l4+": known.STM32L4R5,
    "u5": known.STM32U5,
}


def _ignored(*_arguments: object) -> None:
    """What the controller tells its part."""


def controller_of(board: Board, *, unlocked: bool) -> FlashController:
    flash = board.flash
    memory = HostMemory.allocate(
        "flash", flash.base, flash.size, writable=False, bus=Bus.FLASH, fill=ERASED
    )
    kind = board.flash_layout.kind
    made = FLASH_KINDS[kind](memory, board.flash_layout, _ignored, _ignored, _ignored)
    made.reset()
    for register in KEY_REGISTERS.get(kind, (8,)) if unlocked else ():
        for key in KEYS:
            made.write(register, key)
    return made


def state_of(flash: FlashController) -> tuple[object, ...]:
    registers = [flash.read(offset) for offset in range(0, 0x200, WORD)]
    return registers, flash.memory.buffer[:]


def enable(flash: FlashController, algorithm: Algorithm, offset: int) -> None:
    first = algorithm.first_register(offset)
    for register, value in algorithm.opens:
        flash.write(first + register, value)


def store_each(flash: FlashController, address: int, data: bytes) -> None:
    for at in range(0, len(data), WORD):
        flash.store(address + at, WORD, int.from_bytes(data[at : at + WORD], "little"))


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
@given(cases=some.data())
@settings(max_examples=25)
def test_words_at_once_are_words_one_by_one(board: Board, cases: some.DataObject) -> None:
    algorithm = ALGORITHMS[board.flash_layout.kind]
    place = cases.draw(some.sampled_from([0, board.flash.size // 2, board.flash.size]))
    steps = some.sampled_from([WORD, FLASH_WORDS, FLASH_WORDS])
    offset = place + cases.draw(steps) * cases.draw(some.integers(-8, 8))
    data = cases.draw(steps) * cases.draw(some.binary(min_size=1, max_size=6))
    unlocked = cases.draw(some.sampled_from([True, True, True, False]))
    at_once, each = (controller_of(board, unlocked=unlocked) for _ in range(2))
    written_before = cases.draw(some.sampled_from([None, None, 0, len(data) // 2, len(data)]))
    protected = cases.draw(some.sampled_from([False, False, False, True]))
    address = board.flash.base + offset
    for flash in (at_once, each):
        if written_before is not None and 0 <= offset + written_before < board.flash.size:
            flash.memory.buffer[offset + written_before] = 0x5A
        if protected:
            flash.options.protect(0, len(flash.sectors) - 1)
    if not at_once.takes(address, len(data)):
        return
    assert unlocked
    assert not protected
    for flash in (at_once, each):
        enable(flash, algorithm, offset)
    at_once.program_words(address, data)
    store_each(each, address, data)
    assert state_of(at_once) == state_of(each)


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
def test_erased_cells_of_an_unlocked_flash_are_taken(board: Board) -> None:
    flash = controller_of(board, unlocked=True)
    assert flash.takes(board.flash.base + 0x40, 0x40)
    assert flash.can_erase(board.flash.base)
    assert not flash.takes(board.flash.base + board.flash.size - 0x20, 0x40)
