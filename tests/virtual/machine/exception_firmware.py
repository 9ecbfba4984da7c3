"""What firmware that takes exceptions starts with, and what it noted when it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.bare_metal import Firmware, compile_firmware
from tests.fakes.stations import machine, wait_until
from tinylab.boards.board import Board, Core
from tinylab.boards.catalog import all_boards, by_name
from tinylab.sim.machine import Machine

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
OF_EACH_CORE = {board.core: board for board in (*all_boards(), WB, H7)}
BOARDS = pytest.mark.parametrize("board", OF_EACH_CORE.values(), ids=OF_EACH_CORE)

REGISTERS = """
#define ICSR REG(0xE000ED04u)
#define AIRCR REG(0xE000ED0Cu)
#define SCR REG(0xE000ED10u)
#define SHPR2 REG(0xE000ED1Cu)
#define SHPR3 REG(0xE000ED20u)
#define SHCSR REG(0xE000ED24u)
#define CFSR REG(0xE000ED28u)
#define CPACR REG(0xE000ED88u)
#define SYST_CSR REG(0xE000E010u)
#define SYST_RVR REG(0xE000E014u)
#define SYST_CVR REG(0xE000E018u)
#define ISER REG(0xE000E100u)
#define ISPR REG(0xE000E200u)
#define IPR(n) (((volatile uint8_t *)0xE000E400u)[n])
#define STIR REG(0xE000EF00u)
#define CPSID __asm volatile("cpsid i" ::: "memory")
#define CPSIE __asm volatile("cpsie i\\n isb" ::: "memory")
#define BARRIER __asm volatile("dsb\\n isb" ::: "memory")
#define WFI __asm volatile("wfi" ::: "memory")
#define WFE __asm volatile("wfe" ::: "memory")
#define SEV __asm volatile("sev" ::: "memory")
NOINIT volatile uint32_t done, ticks;
NOINIT volatile uint32_t order[64], length;
__attribute__((unused)) static void note(uint32_t what) { order[length++] = what; }
"""


def to_thread(board: Board, stack: str) -> int:
    """EXC_RETURN with a basic frame; Armv8-M without the Security Extension has its own."""
    base = 0xFFFF_FFB8 if board.core is Core.CORTEX_M33 else 0xFFFF_FFF9
    return base | (4 if stack == "process stack" else 0)


def word(made: Machine, address: int) -> int:
    data = made.read_memory(address, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def finish(made: Machine, firmware: Firmware) -> dict[str, int]:
    """The firmware's variables once it is done."""
    wait_until(lambda: word(made, firmware.symbols["done"]) == 1)
    found = {}
    for name, address in firmware.symbols.items():
        data = made.read_memory(address, 4)
        if data is not None:
            found[name] = int.from_bytes(data, "little")
    return found


def noted(made: Machine, firmware: Firmware) -> list[int]:
    start, length = firmware.symbols["order"], word(made, firmware.symbols["length"])
    return [word(made, start + 4 * i) for i in range(length)]


def run(
    board: Board, folder: Path, source: str, interrupts: dict[int, str] | None = None
) -> tuple[dict[str, int], list[int]]:
    """Variables and notes of firmware that says when it is done."""
    firmware = compile_firmware(board, folder, REGISTERS + source, interrupts)
    with machine(board, firmware) as made:
        return finish(made, firmware), noted(made, firmware)
