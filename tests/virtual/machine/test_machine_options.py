"""The flash controllers' option bytes refuse what silicon refuses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.fakes.stations import machine
from tests.virtual.machine.test_machine_flash import KEYS, get, put, unlock
from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG

BOARDS = pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
RDP_0, RDP_1 = 0xAA, 0xBB
RESET = 0xE000_ED0C, 0x05FA_0004
"""AIRCR, with SYSRESETREQ."""


@dataclass(frozen=True)
class Layout:
    """Offsets of the option key, control and status registers and of RDP; bits of the control."""

    optkeyr: int
    control: int
    start: int
    lock: int
    word: int
    rdp: int
    keyr: int = 0
    """Of the flash itself, where that must be open too."""
    launch: int = 0
    errors: int = 0
    write_error: int = 1 << 4


F = Layout(0x08, 0x14, 1 << 1, 1 << 0, 0x14, 8, errors=0x0C)
H7 = Layout(0x08, 0x18, 1 << 1, 1 << 0, 0x20, 8, errors=0x10, write_error=1 << 17)
L4 = Layout(0x0C, 0x14, 1 << 17, 1 << 30, 0x20, 0, 0x08, 1 << 27, 0x10)
U5 = Layout(0x10, 0x28, 1 << 17, 1 << 30, 0x40, 0, 0x08, 1 << 27, 0x20)
LAYOUTS = {"f4": F, "f7": F, "h7": H7, "h7a3": H7, "l4": L4, "l4+": L4, "u5": U5}


class Registers:
    """The option registers of a machine, as a program writes them."""

    def __init__(self, made: Machine) -> None:
        self.made = made
        self.base = made.board.flash_layout.registers
        self.layout = LAYOUTS[made.board.flash_layout.kind]
        self.options = made.part.flash.options

    def open(self, *keys: int) -> None:
        for key in keys:
            put(self.made, self.base + self.layout.optkeyr, key)

    def open_flash(self) -> None:
        if self.layout.keyr:
            unlock(self.made, self.base + self.layout.keyr)

    @property
    def locked(self) -> bool:
        return bool(get(self.made, self.base + self.layout.control) & self.layout.lock)

    def write_rdp(self, code: int) -> None:
        at = self.base + self.layout.word
        shift = self.layout.rdp
        word = get(self.made, at) & ~(0xFF << shift | self.layout.lock)
        put(self.made, at, word | code << shift)

    def start(self) -> None:
        at = self.base + self.layout.control
        word = get(self.made, at) if self.layout.word == self.layout.control else 0
        put(self.made, at, word & ~self.layout.lock | self.layout.start)

    def launch(self) -> None:
        put(self.made, self.base + self.layout.control, self.layout.launch)

    def program_rdp(self, code: int) -> None:
        """All of it, from the keys to the loading."""
        self.open_flash()
        self.open(*OPTION_KEYS)
        self.write_rdp(code)
        self.start()
        if self.layout.launch:
            self.launch()

    def reset(self) -> None:
        put(self.made, *RESET)


@BOARDS
def test_nothing_is_taken_without_the_keys(board: Board) -> None:
    with machine(board) as made:
        registers = Registers(made)
        registers.open_flash()
        assert registers.locked
        registers.write_rdp(RDP_1)
        registers.start()
        registers.reset()
        assert registers.options.level == 0
        assert registers.options.changes == 0


@BOARDS
@pytest.mark.parametrize("keys", [KEYS, OPTION_KEYS[::-1]], ids=["of the flash", "backwards"])
def test_wrong_keys_lock_until_the_next_reset(board: Board, keys: tuple[int, int]) -> None:
    with machine(board) as made:
        registers = Registers(made)
        registers.open_flash()
        registers.open(*keys)
        registers.open(*OPTION_KEYS)
        assert registers.locked
        registers.reset()
        registers.open_flash()
        registers.open(*OPTION_KEYS)
        assert not registers.locked


@BOARDS
def test_what_is_not_started_is_lost_at_a_reset(board: Board) -> None:
    with machine(board) as made:
        registers = Registers(made)
        registers.open_flash()
        registers.open(*OPTION_KEYS)
        registers.write_rdp(RDP_1)
        registers.reset()
        assert registers.options.level == 0
        assert registers.locked


@BOARDS
def test_a_started_change_holds_over_resets(board: Board) -> None:
    with machine(board) as made:
        registers = Registers(made)
        made.memory.flash.buffer[:4] = b"mine"
        registers.open_flash()
        registers.open(*OPTION_KEYS)
        registers.write_rdp(RDP_1)
        registers.start()
        if registers.layout.launch:
            assert registers.options.level == 0, "it is loaded by OBL_LAUNCH only"
            registers.launch()
        registers.reset()
        assert registers.options.level == 1
        assert made.debug_read(board.flash.base, 4, 4) is None
        assert made.memory.flash.buffer[:4] == b"mine"
        registers.program_rdp(RDP_0)
        assert registers.options.level == 0
        assert made.debug_read(board.flash.base, 4, 4) == b"\xff" * 4


@pytest.mark.parametrize("name", ["nucleo_wb55rg", "nucleo_l4r5zi", "nucleo_u575zi_q"])
def test_the_option_lock_of_the_l4_and_u5_opens_behind_the_flashs_own(name: str) -> None:
    with machine(by_name(name)) as made:
        registers = Registers(made)
        registers.open(*OPTION_KEYS)
        assert registers.locked


@BOARDS
def test_level_2_is_for_good(board: Board) -> None:
    with machine(board) as made:
        registers = Registers(made)
        registers.options.rdp = NO_DEBUG
        registers.program_rdp(RDP_0)
        assert registers.options.level == 2


@pytest.mark.parametrize(
    ("name", "keyr", "control", "erase"),
    [
        ("nucleo_f446re", 0x04, 0x10, (1 << 1 | 1 << 16,)),
        ("nucleo_f446re", 0x04, 0x10, (1 << 2 | 1 << 16,)),
        ("stm32f746g_disco", 0x04, 0x10, (1 << 1 | 1 << 16,)),
        ("nucleo_h723zg", 0x04, 0x0C, (1 << 2 | 1 << 7,)),
        ("nucleo_h743zi2", 0x04, 0x0C, (1 << 3 | 1 << 7,)),
        ("nucleo_h7a3zi_q", 0x04, 0x0C, (1 << 2 | 1 << 5,)),
        ("nucleo_wb55rg", 0x08, 0x14, (1 << 1, 1 << 1 | 1 << 16)),
        ("nucleo_l4r5zi", 0x08, 0x14, (1 << 2, 1 << 2 | 1 << 16)),
        ("nucleo_u575zi_q", 0x08, 0x28, (1 << 1, 1 << 1 | 1 << 16)),
    ],
)
def test_a_write_protected_sector_is_not_erased(
    name: str, keyr: int, control: int, erase: tuple[int, ...]
) -> None:
    """Neither alone nor with its bank; the status says WRPERR."""
    with machine(by_name(name)) as made:
        registers = Registers(made)
        made.memory.flash.buffer[:4] = b"mine"
        registers.options.protect(0, 0)
        unlock(made, registers.base + keyr)
        for word in erase:
            put(made, registers.base + control, word)
        assert made.memory.flash.buffer[:4] == b"mine"
        layout = registers.layout
        assert get(made, registers.base + layout.errors) & layout.write_error
