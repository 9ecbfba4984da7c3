"""Option bytes: flashing leaves them alone, heeds them, and they change only when asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pyocd.target.pack.pack_target import ManagedPacks

from tests.fakes.stations import station
from tinylab.boards.board import FLASH_KINDS, Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.errors import ClockError, Interrupted, LinkError, StationError
from tinylab.probe import flash, protection
from tinylab.probe.connection import Connection
from tinylab.probe.option_families import FAMILIES
from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG, PROTECTED
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

BOARDS = pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
F446, H723, L4R5 = by_name("nucleo_f446re"), by_name("nucleo_h723zg"), by_name("nucleo_l4r5zi")
H743, H7A3, U5 = by_name("nucleo_h743zi2"), by_name("nucleo_h7a3zi_q"), by_name("nucleo_u575zi_q")
WB, F767 = by_name("nucleo_wb55rg"), by_name("nucleo_f767zi")
DATA = bytes(range(256)) * 8
OLD = b"\x5a" * 16
OPTCR, OPTR = 0x14, 0x40


def silent(done: float) -> None:
    """No progress wanted."""


def flash_of(device: VirtualStLink) -> FlashController:
    return device.machine.part.flash


def connect(bus: VirtualBus, device: VirtualStLink) -> Connection:
    return Connection(bus, device.descriptor.serial_number, device.board)


@contextmanager
def used(board: Board) -> Iterator[tuple[VirtualBus, VirtualStLink]]:
    """A board with something in its last bytes of flash."""
    with station(board) as (bus, device):
        device.machine.memory.flash.buffer[-len(OLD) :] = OLD
        yield bus, device


def untouched(device: VirtualStLink) -> bool:
    """Nothing erased, nothing programmed, no option register or key written."""
    controller, cells = flash_of(device), device.machine.memory.flash.buffer
    return (
        not controller.sector_erases + controller.mass_erases + controller.options.attempts
        and cells[: len(DATA)] == b"\xff" * len(DATA)
        and cells[-len(OLD) :] == OLD
    )


def program(bus: VirtualBus, device: VirtualStLink, **how: bool) -> None:
    with connect(bus, device) as connection:
        flash.program(connection, [(device.board.flash.base, DATA)], silent, **how)


@BOARDS
def test_every_board_is_flashed_with_no_download_and_its_option_bytes_left_alone(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be downloaded or looked up")

    monkeypatch.setattr(socket, "socket", refuse)
    for name in ("get_installed_packs", "get_installed_targets", "populate_target"):
        monkeypatch.setattr(ManagedPacks, name, refuse)
    with used(board) as (bus, device):
        program(bus, device)
        controller = flash_of(device)
        assert device.machine.memory.flash.buffer[: len(DATA)] == DATA
        assert device.machine.memory.flash.buffer[-len(OLD) :] == OLD
        assert (controller.mass_erases, controller.options.attempts) == (0, 0)
        # pyOCD erases what differs only: the last program left these sectors erased.
        first = controller.sector_erases
        program(bus, device)
        assert controller.sector_erases == first, "the same again is not written again"


@BOARDS
def test_a_mass_erase_is_done_when_asked_and_the_option_bytes_still_left_alone(
    board: Board,
) -> None:
    with used(board) as (bus, device):
        program(bus, device, mass_erase=True)
        controller = flash_of(device)
        cells = device.machine.memory.flash.buffer
        assert cells[: len(DATA)] == DATA
        assert cells[len(DATA) :] == b"\xff" * (board.flash.size - len(DATA))
        assert controller.mass_erases == (2 if _has_two_banks(board) else 1)
        assert controller.options.attempts == 0


def _has_two_banks(board: Board) -> bool:
    return board.flash_layout.banks == 2 or board.flash_layout.kind in ("l4+", "u5")


def test_every_flash_controller_has_its_option_bytes() -> None:
    assert set(FAMILIES) == set(FLASH_KINDS)


@BOARDS
def test_new_parts_are_not_protected(board: Board) -> None:
    with station(board) as (bus, device), connect(bus, device) as connection:
        found = protection.read(connection)
    assert (found.level, found.sectors, found.obstacle) == (0, (), "")
    assert found.cpu_boost is (True if board is H723 else None)


@BOARDS
def test_a_write_protected_sector_is_told_before_the_first_write(board: Board) -> None:
    with used(board) as (bus, device):
        flash_of(device).options.protect(0, 0)
        [*_, last] = flash_of(device).options.protected()
        with pytest.raises(LinkError, match=r"^Sectors? 0") as caught:
            program(bus, device)
        assert "write-protected" in caught.value.message
        assert "(0x08000000 to 0x080" in caught.value.message
        serial = device.descriptor.serial_number
        asked = f"`tinylab option-bytes {board.name}#{serial} --unlock --yes`"
        assert asked in caught.value.remedy
        assert untouched(device)
        with pytest.raises(LinkError, match="write-protected"):
            program(bus, device, mass_erase=True)
        assert untouched(device)
        # What is protected elsewhere is nobody's trouble.
        far = board.flash.base + board.flash.size - board.flash_layout.sizes[-1]
        with connect(bus, device) as connection:
            flash.program(connection, [(far, DATA)], silent)
        assert last < len(board.flash_layout.sizes) - 1


@BOARDS
@pytest.mark.parametrize("mass_erase", [False, True])
def test_read_out_protection_is_told_before_the_first_write(board: Board, mass_erase: bool) -> None:
    with used(board) as (bus, device):
        flash_of(device).rdp = PROTECTED
        with pytest.raises(LinkError, match="is read-protected") as caught:
            program(bus, device, mass_erase=mass_erase)
        assert "--unlock --yes" in caught.value.remedy
        assert "erases the whole flash" in caught.value.remedy
        assert untouched(device)


def test_level_2_is_no_board_that_can_be_reached() -> None:
    with used(F446) as (bus, device):
        flash_of(device).rdp = NO_DEBUG
        with pytest.raises(StationError, match="does not answer"):
            program(bus, device)
        assert untouched(device)


@BOARDS
def test_write_protection_is_taken_off_and_the_flash_kept(board: Board) -> None:
    last = len(board.flash_layout.sizes) - 1
    with used(board) as (bus, device):
        options = flash_of(device).options
        before = dict(options.current)
        options.protect(0, 1)
        options.protect(last, last)
        assert {0, 1, last} <= options.protected()
        with connect(bus, device) as connection:
            protection.unlock(connection)
        with connect(bus, device) as connection:
            assert not protection.read(connection).protected
        assert device.machine.memory.flash.buffer[-len(OLD) :] == OLD
        assert flash_of(device).mass_erases == 0
        assert options.current == before, "all else is as it was"
        assert options.lock.locked
        program(bus, device, mass_erase=True)


@BOARDS
def test_read_out_protection_is_taken_off_with_all_that_it_hid(board: Board) -> None:
    with used(board) as (bus, device):
        options = flash_of(device).options
        before = dict(options.current)
        options.rdp = PROTECTED
        options.protect(0, 0)
        with connect(bus, device) as connection:
            with pytest.raises(LinkError):
                connection.read_words(board.flash.base, 1)
            protection.unlock(connection)
        assert device.machine.memory.flash.buffer[:] == b"\xff" * board.flash.size
        assert options.changes == 1
        assert options.current == before
        program(bus, device)


def test_what_its_owner_has_locked_is_left_to_sts_tool() -> None:
    """SPRMOD of the F4, TrustZone of the U5: nothing is written."""
    for board, word, bit in ((F446, OPTCR, 31), (U5, OPTR, 31)):
        with used(board) as (bus, device):
            options = flash_of(device).options
            options.cells[word] ^= 1 << bit
            options.load()
            options.rdp = PROTECTED
            with connect(bus, device) as connection:
                with pytest.raises(LinkError, match="cannot remove the protection") as caught:
                    protection.unlock(connection)
                assert "STM32_Programmer_CLI" in caught.value.remedy
            assert untouched(device)


@pytest.mark.parametrize(
    ("board", "word", "bit", "setting"),
    [
        (F767, OPTCR, 29, "nDBANK=1"),
        (L4R5, 0x20, 22, "DBANK=1"),
        (U5, OPTR, 21, "DUALBANK=1"),
        (U5, OPTR, 20, "SWAP_BANK=0"),
        (H743, 0x1C, 31, "SWAP_BANK_OPT=0"),
        (H7A3, 0x1C, 31, "SWAP_BANK_OPT=0"),
    ],
    ids=lambda value: value.name if isinstance(value, Board) else str(value),
)
def test_a_flash_that_is_divided_otherwise_is_not_written(
    board: Board, word: int, bit: int, setting: str
) -> None:
    """Sectors of other sizes or in another order: the wrong ones would be erased."""
    with used(board) as (bus, device):
        options = flash_of(device).options
        options.cells[word] ^= 1 << bit
        options.load()
        with pytest.raises(LinkError, match="into other sectors") as caught:
            program(bus, device)
        assert setting in caught.value.remedy
        assert untouched(device)


def test_sectors_of_the_wireless_stack_are_not_written() -> None:
    """What the WB keeps for its second core; all below it is free."""
    with used(WB) as (bus, device):
        flash_of(device).options.cells[0x80] = 0xF0
        flash_of(device).options.load()
        program(bus, device)
        with connect(bus, device) as connection, pytest.raises(LinkError) as caught:
            flash.program(connection, [(0x080E_F800, DATA * 2)], silent)
        assert "Sector 240 (0x080f0000 to 0x080f0fff)" in caught.value.message
        assert "wireless stack" in caught.value.message
        assert device.machine.memory.flash.buffer[0xE_F800:0xF_0000] == b"\xff" * 0x800


def test_the_h723_runs_above_520_mhz_only_with_the_boost() -> None:
    with station(H723) as (bus, device):
        options = flash_of(device).options
        options.cells[0x70] = 0
        options.load()
        with connect(bus, device) as connection:
            protection.require_clock(connection, 520e6)
            with pytest.raises(ClockError, match=r"520 MHz at most, not at 550 MHz") as caught:
                protection.require_clock(connection, 550e6)
            assert "--cpu-boost --yes" in caught.value.remedy
            assert options.attempts == 0
            protection.set_cpu_boost(connection)
            protection.require_clock(connection, 550e6)
        assert options.current[0x70] == 1 << 2


@pytest.mark.parametrize("asked", [F446, H723], ids=lambda board: board.name)
def test_a_probe_of_another_board_is_told_by_its_id(asked: Board) -> None:
    with used(L4R5) as (bus, device):
        serial = device.descriptor.serial_number
        with (
            pytest.raises(StationError, match="belongs to a NUCLEO-L4R5ZI") as caught,
            Connection(bus, serial, asked) as connection,
        ):
            flash.program(connection, [(0x0800_0000, DATA)], silent)
        assert asked.title in caught.value.message
        assert f"nucleo_l4r5zi#{serial}" in caught.value.remedy
        assert untouched(device)


def test_a_board_with_no_id_takes_any_probe() -> None:
    """A Nucleo's ST-Link wired to a board of one's own."""
    own = replace(L4R5, identity=replace(L4R5.identity, board_id=""))
    with station(L4R5) as (bus, device):
        device.board_id = F446.identity.board_id
        with Connection(bus, device.descriptor.serial_number, own) as connection:
            connection.identify()


@pytest.mark.parametrize("told", ["", "FFFF", "0720"])
@pytest.mark.parametrize("asked", [F446, H723], ids=lambda board: board.name)
def test_without_a_known_board_id_the_chip_itself_tells(asked: Board, told: str) -> None:
    """A board id that is not known, none at all, and the right one on the wrong chip."""
    with used(L4R5) as (bus, device):
        device.board_id = asked.identity.board_id if told == "0720" else told
        with (
            pytest.raises(StationError, match=r"the chip reports DEV_ID 0x(470|000)"),
            Connection(bus, device.descriptor.serial_number, asked) as connection,
        ):
            flash.program(connection, [(0x0800_0000, DATA)], silent)
        assert untouched(device)


def test_a_chip_that_has_no_id_where_the_board_has_it_is_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silicon answers with a bus fault; the virtual part reads 0 where it has nothing."""
    with used(L4R5) as (bus, device):
        device.board_id = ""
        read = device.machine.debug_read

        def fault(address: int, count: int, size: int) -> bytes | None:
            return None if address >= 0x5C00_0000 else read(address, count, size)

        with Connection(bus, device.descriptor.serial_number, H723) as connection:
            monkeypatch.setattr(device.machine, "debug_read", fault)
            with pytest.raises(
                StationError,
                match="is not connected to a NUCLEO-H723ZG: the chip reports no DEV_ID",
            ):
                flash.program(connection, [(0x0800_0000, DATA)], silent)
        assert untouched(device)


def test_leaving_while_a_large_sector_is_erased_finishes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The user says stop while sector 0 of the H7 is being erased; it is whole afterwards."""
    asked = False

    def progress(done: float) -> None:
        if asked:
            raise Interrupted("Enough.")

    with station(H723) as (bus, device):
        cells = device.machine.memory.flash.buffer
        cells[:] = bytes(len(cells))
        controller = flash_of(device)
        erase = controller._erase_sector

        def stop_meanwhile(number: int) -> bool:
            nonlocal asked
            asked = True
            return erase(number)

        monkeypatch.setattr(controller, "_erase_sector", stop_meanwhile)
        sector = H723.flash_layout.sizes[0]
        with connect(bus, device) as connection, pytest.raises(Interrupted):
            flash.program(connection, [(H723.flash.base, DATA * 130)], progress)
        assert cells[:sector] == b"\xff" * sector
        assert cells[sector:] == bytes(len(cells) - sector), "the next one was not begun"
        asked = False
        monkeypatch.undo()
        program(bus, device)
