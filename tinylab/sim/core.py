"""The emulated processor: runs Thumb-2 code and counts the cycles that silicon would take.

Unicorn executes the instructions; `sim.cycles` says how long they take. Life of a core:
it is built on memories, then `reset`, then any number of `run` (by one thread, with the
GIL released) ended by `request_stop` (from any other), a breakpoint, a sleep or a fault.
Registers may be read and written while it stands.

Not emulated: exceptions and interrupts (an SVC or an exception return is a fault), the MPU,
and the access rights of CPACR (the floating-point unit is always on).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import unicorn
from unicorn import arm_const

from tinylab.boards.board import Core as CoreName
from tinylab.sim.cycles.accounting import Accounting
from tinylab.sim.cycles.settings import MemoryTiming
from tinylab.sim.memory import HostMemory

__all__ = ["Core", "Fault", "FaultKind", "HostMemory", "MemoryTiming", "StopReason"]

DEVICES = ((0x4000_0000, 0x2000_0000), (0xE000_0000, 0x10_0000))
"""Address ranges served by the `read` and `write` callbacks: (base, size)."""

RUN_FOREVER = 0xFFFF_FFFE
MAX_INSTRUCTION = 4

MODELS = {
    CoreName.CORTEX_M4: arm_const.UC_CPU_ARM_CORTEX_M4,
    CoreName.CORTEX_M7: arm_const.UC_CPU_ARM_CORTEX_M7,
    CoreName.CORTEX_M33: arm_const.UC_CPU_ARM_CORTEX_M33,
}

PROGRAM_COUNTER = 15
SPECIAL_REGISTERS = 20
"""CONTROL, FAULTMASK, BASEPRI and PRIMASK in one word, one byte each (DCRSR.REGSEL)."""

SPECIAL_FIELDS = (
    (arm_const.UC_ARM_REG_CONTROL, 24),
    (arm_const.UC_ARM_REG_FAULTMASK, 16),
    (arm_const.UC_ARM_REG_BASEPRI, 8),
    (arm_const.UC_ARM_REG_PRIMASK, 0),
)

REGISTERS = {
    **{n: arm_const.UC_ARM_REG_R0 + n for n in range(13)},
    13: arm_const.UC_ARM_REG_SP,
    14: arm_const.UC_ARM_REG_LR,
    PROGRAM_COUNTER: arm_const.UC_ARM_REG_PC,
    16: arm_const.UC_ARM_REG_XPSR,
    17: arm_const.UC_ARM_REG_MSP,
    18: arm_const.UC_ARM_REG_PSP,
    33: arm_const.UC_ARM_REG_FPSCR,
    **{64 + n: arm_const.UC_ARM_REG_S0 + n for n in range(32)},
}
"""Registers by their number in DCRSR.REGSEL (Armv7-M ARM, C1.6.3)."""

THUMB = 0x0100_0000
"""EPSR.T, always set on an M-profile core."""


class StopReason(StrEnum):
    """Why `Core.run` returned."""

    REQUESTED = "requested"
    BREAKPOINT = "breakpoint"
    """A comparator of `set_breakpoints` or a BKPT instruction; the PC is at it."""
    SLEEP = "sleep"
    """WFI: nothing can wake the core; `run` goes on behind it."""
    FAULT = "fault"


class FaultKind(StrEnum):
    UNDEFINED = "undefined instruction"
    FETCH = "fetch from an address with no memory"
    READ = "read from an address with no memory"
    WRITE = "write to an address with no memory"
    UNALIGNED = "unaligned access"
    NO_COPROCESSOR = "coprocessor that is not there"
    SUPERVISOR_CALL = "SVC, and exceptions are not emulated"
    EXCEPTION_RETURN = "exception return, and exceptions are not emulated"
    STATE = "jump to an even address"
    OTHER = "fault"


@dataclass(frozen=True)
class Fault:
    """What stopped the core: the instruction's address, and the address it wanted."""

    kind: FaultKind
    pc: int
    address: int | None = None

    def __str__(self) -> str:
        where = "" if self.address is None else f", address {self.address:#010x}"
        return f"{self.kind} at pc {self.pc:#010x}{where}"


BKPT = 7
"""Number of the emulator's BKPT exception."""

EXCEPTIONS = {
    1: FaultKind.UNDEFINED,
    2: FaultKind.SUPERVISOR_CALL,
    3: FaultKind.FETCH,
    4: FaultKind.READ,
    8: FaultKind.EXCEPTION_RETURN,
    17: FaultKind.NO_COPROCESSOR,
    18: FaultKind.STATE,
    22: FaultKind.UNALIGNED,
}

ERRORS = {
    unicorn.UC_ERR_INSN_INVALID: FaultKind.UNDEFINED,
    unicorn.UC_ERR_FETCH_UNMAPPED: FaultKind.FETCH,
    unicorn.UC_ERR_FETCH_PROT: FaultKind.FETCH,
    unicorn.UC_ERR_READ_UNMAPPED: FaultKind.READ,
    unicorn.UC_ERR_READ_PROT: FaultKind.READ,
    unicorn.UC_ERR_WRITE_UNMAPPED: FaultKind.WRITE,
    unicorn.UC_ERR_WRITE_PROT: FaultKind.WRITE,
    unicorn.UC_ERR_READ_UNALIGNED: FaultKind.UNALIGNED,
    unicorn.UC_ERR_WRITE_UNALIGNED: FaultKind.UNALIGNED,
    unicorn.UC_ERR_FETCH_UNALIGNED: FaultKind.STATE,
}

Read = Callable[[int, int], int]
"""(address, size) -> value of a peripheral register."""
Write = Callable[[int, int, int], None]
"""(address, size, value)."""


class Core:
    """One Cortex-M with its memories.

    `read` and `write` serve the peripherals (0x4000_0000-0x5FFF_FFFF) and the core's own
    registers (0xE000_0000-0xE00F_FFFF). `flash_write` gets each store into a memory that is
    not writable, and itself changes the bytes that shall change. All three are called by the
    thread in `run`; an exception they raise leaves `run`. `timing` is the board's table.
    """

    def __init__(
        self,
        board_core: CoreName,
        memories: Sequence[HostMemory],
        read: Read,
        write: Write,
        flash_write: Write,
        timing: Mapping[str, int],
    ) -> None:
        self.fault: Fault | None = None
        self._memories = tuple(memories)
        self._flash_write = flash_write
        self._breakpoints: dict[int, int] = {}
        self._reason: StopReason | None = None
        self._refused: list[tuple[HostMemory, int, bytes]] = []
        self._bad_address: int | None = None
        self._stop_asked = False
        self._flush = False
        self._runner: int | None = None
        self._standing = threading.Event()
        self._standing.set()
        # UC_MODE_MCLASS would give a Cortex-M33 whatever model is asked for.
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, MODELS[board_core])
        self._map(read, write)
        self._accounting = Accounting(
            self._uc, board_core, self._memories, timing, between_blocks=self._restore_refused
        )

    def _map(self, read: Read, write: Write) -> None:
        for memory in self._memories:
            rights = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
            if memory.writable:
                rights |= unicorn.UC_PROT_WRITE
            self._uc.mem_map_ptr(memory.base, memory.size, rights, memory.host_address)
        for base, size in DEVICES:
            self._uc.mmio_map(
                base,
                size,
                lambda _uc, offset, size, base: read(base + offset, size),
                base,
                lambda _uc, offset, size, value, base: write(base + offset, size, value),
                base,
            )
        self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE_PROT, self._on_flash_write)
        self._uc.hook_add(unicorn.UC_HOOK_MEM_UNMAPPED, self._on_unmapped)
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)

    # Running

    def run(self) -> StopReason:
        """Run until stopped; the GIL is free meanwhile. Call it from one thread at a time."""
        self._enter()
        try:
            while True:
                reason = self._run_once(count=0)
                if reason is not None:
                    return reason
        finally:
            self._leave()

    def step(self) -> StopReason:
        """Run one instruction; REQUESTED if it went well."""
        self._enter()
        try:
            return self._run_once(count=1) or StopReason.REQUESTED
        finally:
            self._leave()

    def request_stop(self) -> None:
        """Make the `run` in progress return; from another thread, wait until it has.

        With no `run` in progress nothing happens, and the next one is not affected. From
        inside a callback it returns at once and `run` ends behind the present block.
        """
        self._stop_asked = True
        self._uc.emu_stop()
        if threading.get_ident() == self._runner:
            return
        # A stop asked for just before the emulator starts is lost, hence again and again.
        while not self._standing.wait(0.001):
            self._stop_asked = True
            self._uc.emu_stop()

    def _enter(self) -> None:
        self._stop_asked = False
        self._runner = threading.get_ident()
        self._standing.clear()

    def _leave(self) -> None:
        self._runner = None
        self._standing.set()

    def _run_once(self, count: int) -> StopReason | None:
        """Start the emulator once; None means nothing to report: go on."""
        self._reason = self._bad_address = self.fault = None
        if self._flush:
            self._flush = False
            self._uc.ctl_flush_tb()
        try:
            self._uc.emu_start(self._pc | 1, RUN_FOREVER, count=count)
        except unicorn.UcError as error:
            kind = ERRORS.get(error.errno, FaultKind.OTHER)
            self._reason = StopReason.FAULT
            self.fault = self.fault or Fault(kind, self._pc, self._bad_address)
        self._accounting.settle_at(self._pc)
        return self._outcome(count)

    def _outcome(self, count: int) -> StopReason | None:
        self._restore_refused()
        if self._reason is not None:
            return self._reason
        if self._stop_asked:
            return StopReason.REQUESTED
        return None if self._flush or count else StopReason.SLEEP

    # What the emulator reports

    def _on_breakpoint(self, _uc: object, _address: int, _size: int, _data: object) -> None:
        self._reason = StopReason.BREAKPOINT
        self._uc.emu_stop()

    def _on_exception(self, _uc: object, number: int, _data: object) -> None:
        if number == BKPT:
            self._reason = StopReason.BREAKPOINT
        else:
            self._reason = StopReason.FAULT
            self.fault = Fault(EXCEPTIONS.get(number, FaultKind.OTHER), self._pc)
        self._uc.emu_stop()

    def _on_unmapped(
        self, _uc: object, _access: int, address: int, _size: int, _value: int, _data: object
    ) -> bool:
        self._bad_address = address
        return False

    def _on_flash_write(
        self, _uc: object, _access: int, address: int, size: int, value: int, _data: object
    ) -> bool:
        """Let `flash_write` decide; the emulator then stores `value` whatever it decided."""
        value &= (1 << 8 * size) - 1
        self._flash_write(address, size, value)
        memory = next(memory for memory in self._memories if memory.holds(address, size))
        offset = address - memory.base
        wanted = memory.buffer[offset : offset + size]
        if wanted != value.to_bytes(size, "little"):
            self._refused.append((memory, offset, wanted))
            self._accounting.want_attention(True)
        return True

    def _restore_refused(self) -> None:
        """Undo stores that `flash_write` did not want; called before the next block runs."""
        for memory, offset, data in self._refused:
            memory.buffer[offset : offset + len(data)] = data
        self._refused.clear()
        self._accounting.want_attention(False)

    # Debugging

    @property
    def _pc(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_PC)) & ~1

    def read_register(self, number: int) -> int:
        """The register with that number in DCRSR.REGSEL; 0 for numbers with none."""
        if number == SPECIAL_REGISTERS:
            return sum((self._uc.reg_read(r) & 0xFF) << shift for r, shift in SPECIAL_FIELDS)
        register = REGISTERS.get(number)
        return 0 if register is None else int(self._uc.reg_read(register)) & 0xFFFF_FFFF

    def write_register(self, number: int, value: int) -> None:
        """Set the register with that number in DCRSR.REGSEL; numbers with none do nothing."""
        if number == SPECIAL_REGISTERS:
            for register, shift in SPECIAL_FIELDS:
                self._uc.reg_write(register, value >> shift & 0xFF)
        elif number == PROGRAM_COUNTER:
            self._uc.reg_write(arm_const.UC_ARM_REG_PC, value | 1)
        elif number == 16:
            self._uc.reg_write(arm_const.UC_ARM_REG_XPSR, value | THUMB)
        elif number in REGISTERS:
            self._uc.reg_write(REGISTERS[number], value)

    def set_breakpoints(self, addresses: Iterable[int]) -> None:
        """Stop before the instructions at `addresses`; replaces the ones set before."""
        wanted = {address & ~1 for address in addresses}
        for address in self._breakpoints.keys() - wanted:
            self._uc.hook_del(self._breakpoints.pop(address))
        for address in wanted - self._breakpoints.keys():
            self._breakpoints[address] = self._uc.hook_add(
                unicorn.UC_HOOK_CODE, self._on_breakpoint, begin=address, end=address
            )
        self._flush = True

    def code_changed(self, start: int, size: int) -> None:
        """Bytes in `start .. start + size` were changed by other means than the core's stores."""
        if not self._accounting.forget(start, size):
            return
        self._flush = True
        if threading.get_ident() == self._runner:
            self._uc.emu_stop()

    def reset(self, stack_pointer: int, entry: int) -> None:
        """All registers as after a reset, and the timing state too."""
        for number in REGISTERS:
            self.write_register(number, 0)
        self.write_register(SPECIAL_REGISTERS, 0)
        self.write_register(13, stack_pointer & ~3)
        self.write_register(14, 0xFFFF_FFFF)
        self.write_register(PROGRAM_COUNTER, entry)
        self.reset_timing()

    # Time

    @property
    def cycles(self) -> int:
        """Cycles simulated since the core was made, up to the last finished block."""
        return self._accounting.cycles

    def cycles_now(self) -> int:
        """`cycles`, and inside a callback also the instructions before the accessing one."""
        if threading.get_ident() == self._runner:
            self._accounting.settle_before_access()
        return self._accounting.cycles

    def configure(self, settings: MemoryTiming) -> None:
        """The firmware changed wait states, caches or bus clocks: from here on, count so."""
        if threading.get_ident() == self._runner:
            self._accounting.settle_before_access()
        self._accounting.configure(settings)

    def reset_timing(self) -> None:
        """Caches, predictors and pipeline as at power-up; `cycles` goes on."""
        self._accounting.reset()
