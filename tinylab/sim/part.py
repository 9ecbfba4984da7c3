"""Which peripherals a part has, and how they hang together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tinylab.boards.board import Board
from tinylab.boards.board import Core as CoreName
from tinylab.sim import rom_table
from tinylab.sim.bus import Bus, Peripheral
from tinylab.sim.core import Core, MemoryTiming
from tinylab.sim.part_memory import PartMemory
from tinylab.sim.peripherals import core_debug, scb
from tinylab.sim.peripherals.clock_tree import ClockTree
from tinylab.sim.peripherals.core_debug import CoreDebug, DebugControl
from tinylab.sim.peripherals.dbgmcu import DBGMCU
from tinylab.sim.peripherals.dwt import DWT
from tinylab.sim.peripherals.flash_controller import FlashController
from tinylab.sim.peripherals.flash_f4 import FlashF4
from tinylab.sim.peripherals.flash_h7 import FlashH7
from tinylab.sim.peripherals.flash_l4 import FlashL4
from tinylab.sim.peripherals.fpb import FPB
from tinylab.sim.peripherals.gpio import GPIO
from tinylab.sim.peripherals.pwr_f4 import PWRofF4
from tinylab.sim.peripherals.pwr_h7 import PWRofH7
from tinylab.sim.peripherals.pwr_wb import PWRofWB
from tinylab.sim.peripherals.rcc_f4 import RCCofF4
from tinylab.sim.peripherals.rcc_h7 import RCCofH7
from tinylab.sim.peripherals.rcc_wb import RCCofWB
from tinylab.sim.peripherals.scb import FPU, SCB
from tinylab.sim.peripherals.systick import SysTick
from tinylab.sim.peripherals.usart import USART
from tinylab.sim.peripherals.usart_f4 import USARTofF4

BLOCK = 0x400
"""Peripherals of the part have 1 KiB each."""
SYSTICK, NVIC, NVIC_SIZE = 0xE000_E010, 0xE000_E100, 0xB00
ICTR = 0xE000_E000

FLASH_KINDS: dict[str, type[FlashController]] = {"f4": FlashF4, "h7": FlashH7, "l4": FlashL4}

RCC = RCCofF4 | RCCofH7 | RCCofWB
PWR = PWRofF4 | PWRofH7 | PWRofWB


class Host(DebugControl, Protocol):
    """What the peripherals reach of the machine around them."""

    board: Board
    core: Core
    memory: PartMemory

    def now(self) -> float: ...
    def reconfigure(self) -> None: ...
    def flash_erased(self, address: int, size: int) -> None: ...
    def request_reset(self) -> None: ...
    def set_breakpoints(self, addresses: set[int]) -> None: ...


class Part:
    """The peripherals of `host`'s board, attached to `bus`."""

    def __init__(self, host: Host, bus: Bus) -> None:
        board = host.board
        self.rcc, self.pwr = _clocks_and_power(board, host.reconfigure)
        layout = board.flash_layout
        self.flash = FLASH_KINDS[layout.kind](
            host.memory.flash, layout.sizes, host.reconfigure, host.flash_erased
        )
        self.scb = SCB(
            board.core,
            board.identity.cpuid,
            host.memory.vectors,
            board.timing,
            host.reconfigure,
            host.request_reset,
        )
        self.dwt = DWT(host.core.cycles_now, has_lock=board.core is CoreName.CORTEX_M7)
        self.core_debug = CoreDebug(host, self.dwt.set_trace_enabled)
        serial = USARTofF4 if board.family == "f4" else USART
        self.serial = serial(lambda: self.rcc.tree.serial_hz, host.now)
        self._attach_part(board, bus)
        self._attach_core(host, bus)

    def memory_timing(self, tree: ClockTree) -> MemoryTiming:
        """What the firmware has set up, for the cycle model."""
        return MemoryTiming(
            wait_states=self.flash.wait_states,
            instruction_cache=self.flash.instruction_cache or self.scb.instruction_cache,
            data_cache=self.flash.data_cache or self.scb.data_cache,
            prefetch=self.flash.prefetch,
            bus_ratio=tree.bus_ratio,
        )

    def _attach_part(self, board: Board, bus: Bus) -> None:
        for name, base in board.peripherals.items():
            named: dict[str, Peripheral] = {"RCC": self.rcc, "PWR": self.pwr}
            other = GPIO() if name.startswith("GPIO") else Peripheral()
            bus.attach(base, BLOCK, named.get(name, other))
        bus.attach(board.flash_layout.registers, BLOCK, self.flash)
        bus.attach(board.serial.base, BLOCK, self.serial)
        bus.attach(board.identity.idcode_address, BLOCK, DBGMCU(board.identity))

    def _attach_core(self, host: Host, bus: Bus) -> None:
        core = host.board.core
        fpb = FPB(core, host.set_breakpoints)
        bus.attach(rom_table.ITM, rom_table.IDENTIFICATION, Peripheral())
        bus.attach(rom_table.DWT, rom_table.IDENTIFICATION, self.dwt)
        bus.attach(rom_table.FPB, rom_table.IDENTIFICATION, fpb)
        bus.attach(rom_table.TPIU, rom_table.IDENTIFICATION, Peripheral())
        bus.attach(ICTR, SYSTICK - ICTR, Peripheral())
        bus.attach(SYSTICK, 0x10, SysTick(host.core.cycles_now))
        bus.attach(NVIC, NVIC_SIZE, Peripheral())
        bus.attach(scb.BASE, scb.SIZE, self.scb)
        bus.attach(core_debug.BASE, core_debug.SIZE, self.core_debug)
        bus.attach(scb.FPU_BASE, scb.FPU_SIZE, FPU(core))
        rom_table.attach_rom_table(bus, core, host.board.identity.device_id)


def _clocks_and_power(board: Board, on_change: Callable[[], None]) -> tuple[RCC, PWR]:
    if board.family == "h7":
        return RCCofH7(board.clocks, on_change), PWRofH7()
    if board.family == "f4":
        rcc = RCCofF4(board.clocks, on_change)
        return rcc, PWRofF4(board.clocks, lambda: rcc.power_clocked, lambda: rcc.pll_ready)
    return RCCofWB(board.clocks, on_change), PWRofWB()
