"""The peripherals of a part, and their connections."""

from __future__ import annotations

from typing import Protocol

from tinylab.boards.board import Board
from tinylab.boards.board import Core as CoreName
from tinylab.sim.bus import Bus, Peripheral
from tinylab.sim.core.emulated_core import EmulatedCore, MemoryTiming
from tinylab.sim.events import Events
from tinylab.sim.families import FLASH_KINDS, PWRS, RCCS
from tinylab.sim.part_memory import PartMemory
from tinylab.sim.peripheral_factory import PeripheralContext, make, make_usart
from tinylab.sim.peripherals.clock.clock_tree import ClockTree
from tinylab.sim.peripherals.core import core_debug, mpu, nvic, rom_table, scb, systick
from tinylab.sim.peripherals.core.core_debug import CoreDebug, DebugControl
from tinylab.sim.peripherals.core.dwt import DWT
from tinylab.sim.peripherals.core.fpb import FPB
from tinylab.sim.peripherals.core.mpu import MPU
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import FPU, SCB
from tinylab.sim.peripherals.core.systick import SysTick
from tinylab.sim.peripherals.dbgmcu import DBGMCU
from tinylab.sim.peripherals.dma.dma_channel import BusMaster
from tinylab.sim.peripherals.icache import ICACHE
from tinylab.sim.peripherals.serial.usart import USART
from tinylab.sim.peripherals.timers.rtc_wakeup import RTCwithWakeUp
from tinylab.sim.simulated_time import SimulatedTime
from tinylab.sim.stop_mode import DBGMCU_CR, StopMode

BLOCK = 0x400
"""Each peripheral of the part has 1 KiB."""
ICTR = 0xE000_E000


class Host(DebugControl, BusMaster, Protocol):
    """The parts of the machine that the peripherals access."""

    board: Board
    core: EmulatedCore
    memory: PartMemory
    events: Events
    nvic: NVIC

    def now(self) -> float: ...
    def reconfigure(self) -> None: ...
    def flash_erased(self, address: int, size: int) -> None: ...
    def request_reset(self) -> None: ...
    def send_event(self) -> None: ...
    def set_breakpoints(self, addresses: set[int]) -> None: ...


class Part:
    """The peripherals of `host`'s board, attached to `bus`."""

    def __init__(self, host: Host, bus: Bus) -> None:
        board = host.board
        self._bus = bus
        self.rcc = RCCS[board.models["RCC"]](board.clocks, host.reconfigure)
        self.pwr = PWRS[board.models["PWR"]](board.clocks, self.rcc)
        layout = board.flash_layout
        self.flash = FLASH_KINDS[layout.kind](
            host.memory.flash, layout, host.reconfigure, host.flash_erased, host.request_reset
        )
        self.dbgmcu = DBGMCU(board.identity)
        self.icache = ICACHE(host.reconfigure)
        self.scb = SCB(
            board.core,
            board.identity.cpuid,
            host.memory.vectors,
            board.timing,
            host.reconfigure,
            host.request_reset,
            host.nvic,
            lambda: host.core.handling,
        )
        self.dwt = DWT(host.core.cycles_now, has_lock=board.core is CoreName.CORTEX_M7)
        self.core_debug = CoreDebug(host, self.dwt.set_trace_enabled)
        self._around = PeripheralContext(
            board,
            self.rcc,
            self.pwr,
            self.icache,
            host.events,
            host.nvic,
            host,
            host.now,
            host.send_event,
        )
        self._other_ports: dict[str, USART] = {}
        self.serial = make_usart(board.serial.name, board.serial.base, self._around)
        self._attach_part(board, bus)
        self._attach_core(host, bus)

    def memory_timing(self, tree: ClockTree) -> MemoryTiming:
        """The firmware's settings, for the cycle model."""
        return MemoryTiming(
            wait_states=self.flash.wait_states,
            instruction_cache=self.flash.instruction_cache
            or self.scb.instruction_cache
            or self.icache.enabled,
            data_cache=self.flash.data_cache or self.scb.data_cache,
            prefetch=self.flash.prefetch,
            bus_ratio=tree.bus_ratio,
            direct_mapped=self.icache.direct_mapped,
        )

    @property
    def sent_elsewhere(self) -> dict[str, int]:
        """Bytes sent since power-up by each port that is not connected to the probe."""
        return {name: port.sent for name, port in self._other_ports.items() if port.sent}

    def stop_mode(self, time: SimulatedTime) -> StopMode:
        """The low-power modes of this part."""
        return StopMode(
            lambda: self.pwr.deep_sleep,
            lambda: self.dbgmcu.read(DBGMCU_CR),
            self.rcc.after_stop,
            time,
            lambda: [one for one in self._bus.peripherals if isinstance(one, RTCwithWakeUp)],
        )

    def clocks_changed(self) -> None:
        """Frequencies have changed: peripherals that count continue with the new ones."""
        for peripheral in self._bus.peripherals:
            peripheral.clocks_changed()

    def _attach_part(self, board: Board, bus: Bus) -> None:
        for name, base in board.peripherals.items():
            peripheral = make(name, base, self._around)
            if isinstance(peripheral, USART):
                self._other_ports[name] = peripheral
            bus.attach(base, peripheral.SPAN, peripheral)
        bus.attach(board.serial.base, self.serial.SPAN, self.serial)
        bus.attach(board.flash_layout.registers, BLOCK, self.flash)
        bus.attach(board.identity.idcode_address, BLOCK, self.dbgmcu)

    def _attach_core(self, host: Host, bus: Bus) -> None:
        core = host.board.core
        self.fpb = FPB(core, host.set_breakpoints)
        bus.attach(rom_table.ITM, rom_table.IDENTIFICATION, Peripheral())
        bus.attach(rom_table.DWT, rom_table.IDENTIFICATION, self.dwt)
        bus.attach(rom_table.FPB, rom_table.IDENTIFICATION, self.fpb)
        bus.attach(rom_table.TPIU, rom_table.IDENTIFICATION, Peripheral())
        bus.attach(ICTR, systick.BASE - ICTR, Peripheral())
        ticks = SysTick(host.events, lambda: host.nvic.pend(nvic.SYS_TICK))
        bus.attach(systick.BASE, systick.SIZE, ticks)
        bus.attach(nvic.BASE, nvic.SIZE, host.nvic)
        bus.attach(scb.BASE, scb.SIZE, self.scb)
        bus.attach(mpu.BASE, mpu.SIZE, MPU(core))
        bus.attach(core_debug.BASE, core_debug.SIZE, self.core_debug)
        bus.attach(scb.FPU_BASE, scb.FPU_SIZE, FPU(core, host.board.fpu, host.nvic.pend))
        bus.attach(scb.SECURITY_BASE, scb.SECURITY_SIZE, Peripheral())
        rom_table.attach_rom_table(bus, core, host.board.identity.device_id)
