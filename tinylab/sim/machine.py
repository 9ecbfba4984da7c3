"""An emulated microcontroller: memories, core, peripherals, reset, and simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tinylab.boards.board import Board
from tinylab.sim.bus import Bus, UnknownAccess
from tinylab.sim.core.core_thread import Runner
from tinylab.sim.core.emulated_core import EmulatedCore, HostMemory, MemoryTiming, StopReason
from tinylab.sim.events import Events
from tinylab.sim.exceptions.dispatch import Dispatcher
from tinylab.sim.exceptions.fault_report import FaultReport
from tinylab.sim.part import Part
from tinylab.sim.part_memory import part_memory
from tinylab.sim.peripherals.core import core_debug
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import DFSR
from tinylab.sim.simulated_time import SimulatedTime

DEVICES = ((0x4000_0000, 0x6000_0000), (0xE000_0000, 0xE010_0000))
"""Address ranges of peripherals: (start, end)."""
CORE_DEBUG = range(core_debug.BASE, core_debug.BASE + core_debug.SIZE)
DFSR_HALTED, DFSR_BKPT, DFSR_VCATCH = 1 << 0, 1 << 1, 1 << 3


class Machine:
    """One board's microcontroller, powered and out of reset after construction.

    The core runs in its own thread; the methods below may be called from any other thread.
    `close` ends that thread. `on_serial` is called in it with each byte sent by the serial port
    that is connected to the probe. `serial_line` simulates the connection: it takes each byte
    and returns the bytes that arrive.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.memory = part_memory(board)
        self.bus = Bus(lambda: self.core.accessing_pc)
        self.core = EmulatedCore(
            board.core,
            self.memory.everything,
            self.bus.read,
            self.bus.write,
            self._flash_store,
            board.timing,
            self._service,
            self.bus.stands,
        )
        self.events = Events(self.core)
        self.time = SimulatedTime(self.events.now, board.clocks.reset_hz)
        self.nvic = NVIC(self.core.want_service)
        self.state = CoreState.RESET
        self._timing: MemoryTiming | None = None
        self._reset_wanted = False
        self._changed_code: list[tuple[int, int]] = []
        self.on_serial: Callable[[int], None] | None = None
        self.serial_line: Callable[[int], bytes] = lambda byte: bytes([byte])
        self.part = Part(self, self.bus)
        self.part.serial.on_byte = self._serial_byte
        self._dispatcher = Dispatcher(
            self.core, board.core, self.nvic, self.part.scb, self.events, self
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

    @property
    def core_hz(self) -> float:
        """The core clock set by the firmware's register words."""
        return self.time.hz

    @property
    def unknown_accesses(self) -> list[UnknownAccess]:
        """Registers that the firmware used and that are not emulated, in order of first use."""
        return self.bus.unknown

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

    def _stir(self) -> None:
        """An external event occurred: a sleeping core has to check for wake-up."""
        if self.state is CoreState.SLEEPING:
            self._runner.start()

    def _serial_byte(self, byte: int, _baud: float) -> None:
        if self.on_serial is not None:
            for arrived in self.serial_line(byte):
                self.on_serial(arrived)

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
        if data is not None or not _is_device(address, count):
            return data
        with self._standing(unless=address in CORE_DEBUG):
            words = [self.bus.read(at, size) for at in range(address, address + count, size)]
        return b"".join(word.to_bytes(size, "little") for word in words)

    def debug_write(self, address: int, data: bytes, size: int) -> bool:
        """Write in accesses of `size`; False on a fault."""
        if self._refused(address, len(data)):
            return False
        memory = self.memory.holding(address, len(data))
        if memory is None and not _is_device(address, len(data)):
            return False
        if memory is not None and memory.writable:
            self._write(memory, address, data)
            return True
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

    def load(self, address: int, size: int) -> int:
        """A read by a bus master other than the core."""
        data = self.read_memory(address, size)
        return self.bus.read(address, size) if data is None else int.from_bytes(data, "little")

    def store(self, address: int, size: int, value: int) -> None:
        """A write by a bus master other than the core; ignored by flash."""
        value &= (1 << 8 * size) - 1
        if not self.write_memory(address, value.to_bytes(size, "little")):
            self.bus.write(address, size, value)

    def read_memory(self, address: int, size: int) -> bytes | None:
        """Bytes of RAM or flash; None if there is no memory."""
        return self.memory.read(address, size)

    def write_memory(self, address: int, data: bytes) -> bool:
        """Change RAM; False if there is none."""
        memory = self.memory.holding(address, len(data))
        if memory is None or not memory.writable:
            return False
        self._write(memory, address, data)
        return True

    def _write(self, memory: HostMemory, address: int, data: bytes) -> None:
        offset = address - memory.base
        memory.buffer[offset : offset + len(data)] = data
        if not self._runner.running:
            self.core.code_changed(address, len(data))

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
        if tree.core_hz != self.time.hz:
            self.time.set_hz(tree.core_hz)
        self.part.clocks_changed()
        if timing != self._timing:
            self._timing = timing
            self.core.configure(timing)

    # In the core's thread

    def _service(self) -> bool:
        """Called between two blocks of code; returns whether to stop for an exception."""
        return self._dispatcher.service()

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

    def _after(self, reason: StopReason) -> bool:
        if reason is StopReason.BREAKPOINT and self.part.core_debug.enabled:
            self._halted(DFSR_BKPT)
        elif not self._dispatcher.handle(reason):
            self.part.serial.flush()
            self.state = CoreState.LOCKUP
        elif reason is StopReason.FAULT and self.part.core_debug.catches_hard_fault:
            self._halted(DFSR_VCATCH)
        elif self.state in (CoreState.RUNNING, CoreState.SLEEPING):
            self.state = CoreState.SLEEPING if self._sleep.asleep else CoreState.RUNNING
        if self.state is CoreState.SLEEPING:
            return self._sleep.can_end or self.events.posted
        return self.state is CoreState.RUNNING

    def _halted(self, cause: int) -> None:
        self.part.serial.flush()
        self.part.scb.set_bits(DFSR, cause)
        self.state = CoreState.HALTED


def _is_device(address: int, count: int) -> bool:
    return any(start <= address and address + count <= end for start, end in DEVICES)
