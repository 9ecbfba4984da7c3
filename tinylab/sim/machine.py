"""An emulated microcontroller: memories, core, peripherals, reset, and simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tinylab.boards.board import Board
from tinylab.sim.bit_band import bit_bands
from tinylab.sim.bus import Bus, UnknownAccess
from tinylab.sim.core.core_thread import Runner
from tinylab.sim.core.emulated_core import EmulatedCore, MemoryTiming, StopReason
from tinylab.sim.cycles.cause_counters import CauseCounters
from tinylab.sim.device_ranges import device_ranges
from tinylab.sim.events import Events
from tinylab.sim.exceptions.dispatch import Dispatcher
from tinylab.sim.exceptions.fault_report import FaultReport
from tinylab.sim.flash_routines.calls import FlashRoutines
from tinylab.sim.memory_clocks import MemoryClocks
from tinylab.sim.part import Part
from tinylab.sim.part_memory import UnclockedAccess, part_memory
from tinylab.sim.peripherals.core import core_debug
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import DFSR
from tinylab.sim.simulated_time import SimulatedTime

PRIVATE_PERIPHERALS = 0xE000_0000
"""The core's own registers start here; no other bus master reaches them."""
CORE_DEBUG = range(core_debug.BASE, core_debug.BASE + core_debug.SIZE)
DFSR_HALTED, DFSR_BKPT, DFSR_VCATCH = 1 << 0, 1 << 1, 1 << 3


class Machine:
    """One board's microcontroller, powered and out of reset after construction.

    The core runs in its own thread; the methods below may be called from any other thread.
    `close` ends that thread. `on_serial` is called in it with each byte sent by the serial port
    that is connected to the probe; with `time_stands` the core has stopped, and what is called must
    not wait for another thread. `serial_line` simulates the connection: it takes each byte
    and returns the bytes that arrive.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.memory = part_memory(board)
        self._private = {None, *self.memory.private}
        self.bus = Bus(lambda: self.core.accessing_pc)
        self._devices = device_ranges(board)
        for band in bit_bands(board, (self._load, self._store), (self.bus.read, self.bus.write)):
            self.bus.attach_wide(band)
        self.core = EmulatedCore(
            board.core,
            self.memory.everything,
            self.bus.read,
            self.bus.write,
            self._flash_store,
            board.timing,
            lambda: self._dispatcher.service(),
            self.bus.stands,
            self._devices,
        )
        self.events = Events(self.core)
        self.time = SimulatedTime(self.events.now, board.clocks.reset_hz)
        self.nvic = NVIC(self.core.want_service)
        self.state = CoreState.RESET
        self._timing: MemoryTiming | None = None
        self._reset_wanted = False
        self.unclocked_access: UnclockedAccess | None = None
        """The last fault at a memory whose clock is off."""
        self._changed_code: list[tuple[int, int]] = []
        self.on_serial: Callable[[int], None] | None = None
        self.time_stands = False
        self.serial_line: Callable[[int], bytes] = lambda byte: bytes([byte])
        self.part = Part(self, self.bus)
        self.part.serial.on_byte = self._serial_byte
        clocks = MemoryClocks(self.memory, lambda at: self.bus.read(at, 4), self.core.enable_memory)
        self.part.rcc.on_enables = clocks.update
        self.flash_routines = FlashRoutines(self.core, self.memory, self.part)
        self.stop_mode = self.part.stop_mode(self.time)
        self._dispatcher = Dispatcher(
            self.core, board.core, self.nvic, self.part.scb, self.events, self, self.stop_mode
        )
        self.exceptions = self._dispatcher.model
        self._sleep = self._dispatcher.sleep
        self._runner = Runner(self.core, self._run, self._on_stop, f"core on sim:{board.name}")
        self.reset()

    def close(self) -> None:
        """Stop the core permanently."""
        self._runner.close()

    def now(self) -> float:
        """Simulated time in seconds since power-up."""
        return self.time.now()

    def cycles(self) -> int:
        """Cycles since power-up in which the core was neither halted nor asleep."""
        return self.core.cycles

    @property
    def causes(self) -> CauseCounters:
        """Why the cycles of `cycles` pass, counted on request. Only for a core that is halted, and
        while it calls what `core.follow` was given."""
        return self.core.causes

    @property
    def core_hz(self) -> float:
        """The core clock set by the firmware's register words."""
        return self.time.hz

    @property
    def unknown_accesses(self) -> list[UnknownAccess]:
        """Registers that the firmware used and that are not emulated, in order of first use."""
        return self.bus.unknown

    @property
    def sent_elsewhere(self) -> dict[str, int]:
        """Bytes sent since power-up by each serial port that is not connected to the probe."""
        return self.part.sent_elsewhere

    @property
    def fault_report(self) -> FaultReport | None:
        """The last fault or lock-up since the last reset."""
        return self.exceptions.report

    # The serial port

    @property
    def serial_baud(self) -> float:
        """The baud rate that the firmware has set; 0 if not set."""
        return self.part.serial.baud

    def send_serial(self, data: bytes) -> None:
        """Bytes arrive at the serial port's receiver, in simulated time at its baud rate.

        They are held back until the firmware has enabled the receiver.
        """
        self.part.serial.receive(data)
        self._stir()

    def send_event(self) -> None:
        """An event for a core that waits in WFE, or for the next WFE."""
        self._sleep.event = True

    def _stir(self) -> None:
        """An external event occurred: a sleeping core has to check for wake-up."""
        if self.state is CoreState.SLEEPING:
            self._runner.start()

    def _serial_byte(self, byte: int, _baud: float) -> None:
        if self.on_serial is not None:
            for arrived in self.serial_line(byte):
                self.on_serial(arrived)

    def _finish_sending(self) -> None:
        """The core has stopped, the line has not: bytes in transmission are sent."""
        self.time_stands = True
        self.part.serial.flush()
        self.time_stands = False

    # Reset

    def reset(self) -> None:
        """A system reset: the core starts from its vectors, or halts at the debugger's request."""
        self._runner.stop()
        self._start_from_reset()
        if self.state is CoreState.RUNNING:
            self._runner.start()

    def hold_reset(self) -> None:
        """NRST is low."""
        self._runner.stop()
        self.bus.reset()
        self.state = CoreState.RESET

    def release_reset(self) -> None:
        """NRST is high again."""
        if self.state is CoreState.RESET:
            self.reset()

    def request_reset(self) -> None:
        """Reset, also when requested by the core itself."""
        if self._runner.running:
            self._reset_wanted = True
            self.core.request_stop()
        else:
            self.reset()

    def _start_from_reset(self) -> None:
        self._reset_wanted = False
        self.bus.reset()
        self._dispatcher.reset()
        vectors = self.memory.flash.buffer[:8]
        stack = int.from_bytes(vectors[:4], "little")
        self.core.reset(stack, int.from_bytes(vectors[4:], "little"))
        if self.part.core_debug.catches_reset:
            self._halted(DFSR_VCATCH)
        else:
            self.state = CoreState.RUNNING

    # Debugging

    def halt(self) -> None:
        """Halt the core for the debugger."""
        self._runner.stop()
        if self.state not in (CoreState.HALTED, CoreState.RESET):
            self._halted(DFSR_HALTED)

    def resume(self) -> None:
        """Leave the halted state; halting has ended any sleep."""
        self._sleep.reset()
        debugged = self.part.core_debug.enabled and self.nvic.next_pending() is None
        if debugged and self.flash_routines.perform():
            self._halted(DFSR_BKPT)
            return
        self.state = CoreState.RUNNING
        self._runner.start()

    def step(self) -> None:
        """Run one instruction of a halted core."""
        self._sleep.reset()
        self.state = CoreState.RUNNING
        if self._after(self.core.step()):
            self._halted(DFSR_HALTED)

    def wait(self, seconds: float) -> None:
        """Release the interpreter to the core's thread, until the core stops or time is up."""
        self._runner.wait(seconds)

    def read_register(self, number: int) -> int:
        return self.core.read_register(number)

    def write_register(self, number: int, value: int) -> None:
        self.core.write_register(number, value)

    def set_breakpoints(self, addresses: set[int]) -> None:
        self.core.set_breakpoints(addresses)

    def debug_read(self, address: int, count: int, size: int) -> bytes | None:
        """Read `count` bytes in accesses of `size` as the debugger; None on a fault.

        Memory is read while the core runs, without disturbing it.
        """
        if self._refused(address, count):
            return None
        data = self.read_memory(address, count)
        if data is not None or not self._is_device(address, count):
            return data
        with self._standing(unless=address in CORE_DEBUG):
            words = [self.bus.read(at, size) for at in range(address, address + count, size)]
        return b"".join(word.to_bytes(size, "little") for word in words)

    def debug_write(self, address: int, data: bytes, size: int) -> bool:
        """Write in accesses of `size`; False on a fault."""
        if self._refused(address, len(data)):
            return False
        if self.write_memory(address, data):
            return True
        memory = self.memory.holding(address, len(data))
        if memory is None and not self._is_device(address, len(data)):
            return False
        store = self.bus.debug_write if memory is None else self._flash_store
        with self._standing(unless=address in CORE_DEBUG):
            for at in range(0, len(data), size):
                store(address + at, size, int.from_bytes(data[at : at + size], "little"))
        return True

    def _refused(self, address: int, size: int) -> bool:
        """Whether read-out protection denies the debugger access to that address."""
        return self.part.flash.read_protected and self.memory.in_flash(address, size)

    @contextmanager
    def _standing(self, *, unless: bool) -> Iterator[None]:
        """Pause the core briefly: the write may change how it runs."""
        if unless or not self._runner.running:
            yield
            return
        self._runner.stop()
        yield
        if self.state in (CoreState.RUNNING, CoreState.SLEEPING):
            self._runner.start()

    # Memory

    def load(self, address: int, size: int) -> int | None:
        """A read by a bus master other than the core; None: a bus error."""
        if self.memory.holding(address, size) not in self._private:
            return self._load(address, size)
        if self._is_device(address, size) and address < PRIVATE_PERIPHERALS:
            return self.bus.read(address, size)
        return None

    def store(self, address: int, size: int, value: int) -> bool:
        """A write by a bus master other than the core, ignored by flash; False: a bus error."""
        if self.memory.holding(address, size) not in self._private:
            self._store(address, size, value)
        elif self._is_device(address, size) and address < PRIVATE_PERIPHERALS:
            self.bus.write(address, size, value)
        else:
            return False
        return True

    def _load(self, address: int, size: int) -> int:
        return int.from_bytes(self.read_memory(address, size) or b"", "little")

    def _store(self, address: int, size: int, value: int) -> None:
        self.write_memory(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def read_memory(self, address: int, size: int) -> bytes | None:
        """Bytes of RAM or flash; None if there is no memory."""
        return self.memory.read(address, size)

    def write_memory(self, address: int, data: bytes) -> bool:
        """Change RAM; False if there is none."""
        pieces = self.memory.pieces(address, len(data))
        if not pieces or not all(memory.writable for memory, _, _ in pieces):
            return False
        for memory, start, count in pieces:
            offset = memory.position(start)
            memory.buffer[offset : offset + count] = data[start - address :][:count]
        if not self._runner.running:
            self.core.code_changed(address, len(data))
        return True

    def _is_device(self, address: int, count: int) -> bool:
        for start, size in self._devices:
            if start <= address and address + count <= start + size:
                return True
        return False

    def _flash_store(self, address: int, size: int, value: int) -> None:
        self.part.flash.store(address, size, value)

    def flash_erased(self, address: int, size: int) -> None:
        """The flash controller changed bytes.

        A running core is notified when it next stops: until then it may still execute erased
        code that it has already translated.
        """
        if self._runner.running:
            self._changed_code.append((address, size))
        else:
            self.core.code_changed(address, size)

    def reconfigure(self) -> None:
        """Wait states, caches or clocks changed: count and keep time accordingly."""
        tree = self.part.rcc.tree
        timing = self.part.memory_timing(tree)
        self.core.trap_unaligned(self.part.scb.traps_unaligned)
        if tree.core_hz != self.time.hz:
            self.time.set_hz(tree.core_hz)
        self.part.clocks_changed()
        if timing != self._timing:
            self._timing = timing
            self.core.configure(timing)

    # In the core's thread

    def _run(self) -> StopReason:
        if self.state is CoreState.SLEEPING:
            self._sleep.go_on()
            return StopReason.REQUESTED
        return self.core.run()

    def _on_stop(self, reason: StopReason) -> bool:
        """Whether the core continues."""
        while self._changed_code:
            self.core.code_changed(*self._changed_code.pop())
        if self._reset_wanted:
            self._start_from_reset()
            return self.state is CoreState.RUNNING
        return self._after(reason)

    def _note_unclocked(self) -> None:
        fault = self.core.fault
        if fault is not None and fault.address is not None:
            self.unclocked_access = self.memory.unclocked_at(fault.address) or self.unclocked_access

    def _after(self, reason: StopReason) -> bool:
        if reason is StopReason.FAULT:
            self._note_unclocked()
        if reason is StopReason.BREAKPOINT and self.part.core_debug.enabled:
            self._halted(DFSR_BKPT)
        elif not self._dispatcher.handle(reason):
            self._finish_sending()
            self.state = CoreState.LOCKUP
        elif reason is StopReason.FAULT and self.part.core_debug.catches_hard_fault:
            self._halted(DFSR_VCATCH)
        elif self.state in (CoreState.RUNNING, CoreState.SLEEPING):
            self.state = CoreState.SLEEPING if self._sleep.asleep else CoreState.RUNNING
        if self.state is CoreState.SLEEPING:
            return self._sleep.can_end or self.events.posted
        return self.state is CoreState.RUNNING

    def _halted(self, cause: int) -> None:
        self._finish_sending()
        self.part.scb.set_bits(DFSR, cause)
        self.state = CoreState.HALTED
