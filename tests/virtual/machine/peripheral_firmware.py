"""What firmware that uses peripherals starts with, and how its variables are read."""

from __future__ import annotations

import pytest

from tests.fakes.bare_metal import Firmware
from tests.fakes.stations import wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

WB, F446, H7 = (by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "h723zg"))
F746, L4 = by_name("stm32f746g_disco"), by_name("nucleo_l4r5zi")
BOARDS = pytest.mark.parametrize(
    "board", [WB, F446, H7, F746, L4], ids=["wb", "f4", "h7", "f7", "l4"]
)
U5 = by_name("nucleo_u575zi_q")
ALL = pytest.mark.parametrize(
    "board", [WB, F446, H7, F746, L4, U5], ids=["wb", "f4", "h7", "f7", "l4", "u5"]
)

REGISTERS = """
#define BARRIER __asm volatile("dsb\\n isb" ::: "memory")
#define WFI __asm volatile("wfi" ::: "memory")
#define ENABLE_LINE(n) (REG(0xE000E100u + 4 * ((n) / 32)) = 1u << ((n) % 32))
NOINIT volatile uint32_t done;
"""
NEWER = {"CR1": 0, "CR3": 2, "BRR": 3, "STATUS": 7, "CLEAR": 8, "RECEIVE": 9, "SEND": 10, "UE": 1}
OLDER = {"CR1": 3, "CR3": 5, "BRR": 2, "STATUS": 0, "RECEIVE": 1, "SEND": 1, "UE": 1 << 13}

TEXT = bytes(range(33, 97))


def word(made: Machine, firmware: Firmware, name: str, index: int = 0) -> int:
    data = made.read_memory(firmware.symbols[name] + 4 * index, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def prefix(**values: int) -> str:
    return REGISTERS + "".join(f"#define {name} {value}u\n" for name, value in values.items())


def serial(board: Board) -> str:
    """What firmware needs to know of the board's serial port."""
    line = board.interrupts[board.serial.name]
    assert isinstance(line, int)
    clock = int(board.clocks.reset_hz)
    clock *= 256 if board.serial.name.startswith("LPUART") else 1
    layout = OLDER if board.family == "f4" else NEWER
    return prefix(PORT=board.serial.base, LINE=line, CLOCK=clock, **layout) + (
        "static volatile uint32_t *const port = (volatile uint32_t *)PORT;\n"
    )


def echoed(made: Machine, data: bytes) -> tuple[bytes, list[float]]:
    """What comes back of `data`, and when."""
    heard: list[tuple[int, float]] = []
    made.on_serial = lambda byte: heard.append((byte, made.now()))
    made.send_serial(data)
    wait_until(lambda: len(heard) == len(data))
    return bytes(byte for byte, _ in heard), [when for _, when in heard]
