"""The probe layer drives a virtual board through pyOCD as it drives a real one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import WIPED, connected, station, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.probe import flash
from tinylab.probe.connection import Connection, CoreState
from tinylab.sim.virtual_probe.stlink import VirtualStLink

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
BOARDS = pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])

COUNTER = """
NOINIT volatile uint32_t counter, buffer[4096], cycles, stop, magic;
__attribute__((noinline)) void tick(void) { ++counter; buffer[counter % 4096u] = counter; }
void reset(void) {
  magic = 0x600DF00D;
  counter = 0; cycles = 0; stop = 0;
  REG(0xE000EDFCu) = 1u << 24; REG(0xE0001FB0u) = 0xC5ACCE55u;
  REG(0xE0001004u) = 0; REG(0xE0001000u) = 1;
  while (counter < 20000u) tick();
  cycles = REG(0xE0001004u);
  while (!stop) tick();
  for (;;) {}
}
"""


@pytest.fixture(scope="module", params=[WB, H7], ids=["wb", "h7"])
def image(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Board, Firmware]:
    board: Board = request.param
    return board, compile_firmware(board, tmp_path_factory.mktemp("counter"), COUNTER)


def test_flash_reset_run_and_read_while_running(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    counter, buffer = firmware.symbols["counter"], firmware.symbols["buffer"]
    with connected(board, firmware) as connection:
        assert connection.core_state() is CoreState.HALTED
        assert connection.read_core_register("pc") == firmware.symbols["reset"]
        connection.resume()
        wait_until(lambda: connection.read_words(counter, 1)[0] > 30_000)
        assert connection.core_state() is CoreState.RUNNING
        first = connection.read_bytes(buffer, 16384)
        wait_until(lambda: connection.read_bytes(buffer, 16384) != first)


def test_polling_does_not_change_the_cycles(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    cycles, buffer = firmware.symbols["cycles"], firmware.symbols["buffer"]
    found = []
    for polling in (False, True):
        with connected(board, firmware) as connection:
            connection.resume()

            def finished(connection: Connection = connection, polling: bool = polling) -> bool:
                if polling:
                    connection.read_bytes(buffer, 16384)
                return connection.read_words(cycles, 1)[0] > 0

            wait_until(finished)
            found += connection.read_words(cycles, 1)
    assert found[0] == found[1]


def test_memory_is_written_while_running(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    counter = firmware.symbols["counter"]
    with connected(board, firmware) as connection:
        connection.resume()
        wait_until(lambda: connection.read_words(firmware.symbols["cycles"], 1)[0] > 0)
        connection.write_words(firmware.symbols["stop"], [1])
        at_last = -1

        def stands() -> bool:
            nonlocal at_last
            before, at_last = at_last, connection.read_words(counter, 1)[0]
            return before == at_last

        wait_until(stands)


def test_odd_addresses_and_sizes(image: tuple[Board, Firmware]) -> None:
    board, _ = image
    ram = board.ram[0].base
    with connected(board) as connection:
        connection.halt()
        connection.write_bytes(ram + 0x101, b"tinylab!")
        assert connection.read_bytes(ram + 0x100, 10) == b"\0tinylab!\0"
        assert connection.read_bytes(ram + 0x103, 3) == b"nyl"


def test_a_breakpoint_halts_before_the_function(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    tick = firmware.symbols["tick"]
    with connected(board, firmware) as connection:
        connection.set_breakpoint(tick)
        connection.resume()
        wait_until(connection.is_halted)
        assert connection.read_core_register("pc") == tick
        assert connection.read_words(firmware.symbols["counter"], 1) == (0,)
        connection.remove_breakpoint(tick)
        connection.resume()
        wait_until(lambda: connection.read_words(firmware.symbols["counter"], 1)[0] > 1000)


def test_halt_and_resume(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    counter = firmware.symbols["counter"]
    with connected(board, firmware) as connection:
        connection.resume()
        wait_until(lambda: connection.read_words(counter, 1)[0] > 0)
        connection.halt()
        assert connection.is_halted()
        held = connection.read_words(counter, 1)
        assert connection.read_words(counter, 1) == held
        connection.resume()
        wait_until(lambda: connection.read_words(counter, 1) > held)


def test_reset_keeps_ram_and_starts_over(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    with connected(board, firmware) as connection:
        connection.write_words(firmware.symbols["buffer"], [0xCAFE])
        connection.reset_and_halt()
        assert connection.read_words(firmware.symbols["buffer"], 1) == (0xCAFE,)
        assert connection.read_core_register("pc") == firmware.symbols["reset"]


def test_closing_a_connection_leaves_the_board_running(image: tuple[Board, Firmware]) -> None:
    board, firmware = image
    counter = firmware.symbols["counter"]
    with station(board) as (bus, device):
        serial = device.descriptor.serial_number
        with Connection(bus, serial, board) as connection:
            flash.program(connection, firmware.segments, lambda done: None)
            connection.write_bytes(board.ram[0].base, bytes(WIPED))
            connection.resume()
            wait_until(lambda: connection.read_words(counter, 1)[0] > 0)
        with Connection(bus, serial, board) as connection:
            assert connection.core_state() is CoreState.RUNNING
            before = connection.read_words(counter, 1)
            wait_until(lambda: connection.read_words(counter, 1) > before)


def test_two_boards_at_once(tmp_path: Path) -> None:
    with station(WB) as (bus, wb), station(H7) as (_, h7):
        bus.plug(h7)
        found: dict[str, tuple[int, ...]] = {}

        def drive(device: VirtualStLink) -> None:
            board = device.board
            folder = tmp_path / board.name
            folder.mkdir()
            firmware = compile_firmware(board, folder, COUNTER)
            with Connection(bus, device.descriptor.serial_number, board) as connection:
                flash.program(connection, firmware.segments, lambda done: None)
                connection.write_bytes(board.ram[0].base, bytes(WIPED))
                connection.resume()
                cycles = firmware.symbols["cycles"]
                wait_until(lambda: connection.read_words(cycles, 1)[0] > 0)
                found[board.name] = connection.read_words(firmware.symbols["magic"], 1)

        threads = [threading.Thread(target=drive, args=(device,)) for device in (wb, h7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {WB.name: (0x600D_F00D,), H7.name: (0x600D_F00D,)}


def test_nothing_is_run_from_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyocd_user.py").write_text("raise SystemExit('user script was run')\n")
    (tmp_path / "pyocd.yaml").write_text("frequency: 1\ntarget_override: nonsense\n")
    monkeypatch.chdir(tmp_path)
    with connected(WB) as connection:
        assert connection.read_words(WB.identity.idcode_address, 1)[0] & 0xFFF == 0x495
    assert Path.cwd() == tmp_path
