"""The emulated processor: runs Thumb-2 code and counts the cycles that silicon would take.

Unicorn executes the instructions; `sim.cycles` counts their cycles. Life cycle of a core:
construction with its memories, then `reset`, then any number of `run` (by one thread, with the
GIL released) ended by `request_stop` (from any other), a breakpoint, a sleep, an exception or
a fault. Registers may be read and written while it is stopped.

`sim.exceptions` performs exception entry and return from outside. Not emulated: the MPU, and
the access rights of CPACR (the floating-point unit is always on). An IT instruction and its
block are executed as one instruction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import unicorn
from unicorn import arm_const

from tinylab.boards.board import Core as CoreName
from tinylab.sim.core import registers
from tinylab.sim.core.address_space import DEVICES, AddressSpace, Read, Write
from tinylab.sim.core.alignment_faults import AlignmentFaults
from tinylab.sim.core.breakpoints import Breakpoints
from tinylab.sim.core.faults import (
    EmulatorFault,
    EmulatorFaultKind,
    StopReason,
    kind_of_error,
    kind_of_exception,
    reason_of_exception,
)
from tinylab.sim.core.hint_instructions import WFE, YIELD, follows_sev, hint_at
from tinylab.sim.core.store_guard import StoreGuard
from tinylab.sim.cycles.accounting import Accounting
from tinylab.sim.cycles.compiled.timing_settings import MemoryTiming
from tinylab.sim.memory import HostMemory

__all__ = [
    "EmulatedCore",
    "EmulatorFault",
    "EmulatorFaultKind",
    "HostMemory",
    "MemoryTiming",
    "StopReason",
]

RUN_FOREVER = 0xFFFF_FFFE
POLL_SECONDS = 0.001

MODELS = {
    CoreName.CORTEX_M4: arm_const.UC_CPU_ARM_CORTEX_M4,
    CoreName.CORTEX_M7: arm_const.UC_CPU_ARM_CORTEX_M7,
    CoreName.CORTEX_M33: arm_const.UC_CPU_ARM_CORTEX_M33,
}


class EmulatedCore:
    """One Cortex-M with its memories.

    `read` and `write` serve the `devices`, (base, size) each: by default the peripherals
    (0x4000_0000-0x5FFF_FFFF) and the core's own registers (0xE000_0000-0xE00F_FFFF).
    `flash_write` gets each store into a memory that is not writable, and changes the bytes
    itself. All three are called by the thread in `run`; exceptions that they raise propagate from
    `run`. `timing` is the board's table.
    `service` is called between two blocks after `want_service`, at the cycle of `set_alarm`,
    or when masks selected by `watch_masks` change; it returns whether to stop (INTERRUPT).
    `stands` returns whether a register keeps its value until a write, a read of another register
    or `service`.
    `fault` describes the fault after a FAULT; `causes` count, on request, why cycles pass; `follow`
    is `Accounting.follow`.
    """

    def __init__(
        self,
        board_core: CoreName,
        memories: Sequence[HostMemory],
        read: Read,
        write: Write,
        flash_write: Write,
        timing: Mapping[str, int],
        service: Callable[[], bool] = lambda: False,
        stands: Callable[[int], bool] = lambda _address: False,
        devices: Sequence[tuple[int, int]] = DEVICES,
    ) -> None:
        self.fault: EmulatorFault | None = None
        self._memories = tuple(memories)
        self._guard = StoreGuard(self._memories, flash_write)
        self._service = service
        self._reason: StopReason | None = None
        self._bad_address: int | None = None
        self._stop_asked = self._stopped = False
        self._error: Exception | None = None
        self._stepping = False
        self._code_is_stale = False
        self._runner: int | None = None
        self._runs = 0
        self._standing = threading.Event()
        self._standing.set()
        # UC_MODE_MCLASS would give a Cortex-M33, whatever model is selected.
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, MODELS[board_core])
        self._alignment = AlignmentFaults(self._uc, self._memories, self._stop_at_fault)
        self._breakpoints = Breakpoints(self._uc, self._memories, self._on_breakpoint)
        self._space = AddressSpace(self._uc, self._memories, devices, read, write, stands)
        self._add_hooks()
        self._accounting = Accounting(
            self._uc,
            board_core,
            self._memories,
            timing,
            between_blocks=self._between_blocks,
            stop=self._stop,
            misaligned=self._alignment.provoke,
        )
        self.causes, self.follow = self._accounting.causes, self._accounting.follow

    def _add_hooks(self) -> None:
        self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE_PROT, self._on_flash_write)
        self._uc.hook_add(unicorn.UC_HOOK_MEM_UNMAPPED, self._on_absent)
        silent = unicorn.UC_HOOK_MEM_READ_PROT | unicorn.UC_HOOK_MEM_FETCH_PROT
        self._uc.hook_add(silent, self._on_absent)
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)

    # Running

    def run(self) -> StopReason:
        """Run until stopped, with the GIL released. Call it from one thread at a time."""
        self._enter()
        try:
            while True:
                reason = self._run_once(count=0)
                if reason is not None:
                    return reason
        finally:
            self._leave()

    def step(self) -> StopReason:
        """Run one instruction (or one IT block); REQUESTED on success."""
        self._enter()
        self._stepping = True
        self._accounting.trace_all(True)
        try:
            return self._run_once(count=1) or StopReason.REQUESTED
        finally:
            self._accounting.trace_all(False)
            self._code_is_stale = True
            self._stepping = False
            self._leave()

    def request_stop(self) -> None:
        """Make the `run` in progress return; from another thread, wait until it has.

        Without a `run` in progress, it has no effect, also not on the next one. Inside a
        callback, it returns at once; `run` then ends after the present block.
        """
        if threading.get_ident() == self._runner:
            self._stop_asked = True
            self._accounting.want_attention(True)
            return
        # A request before `run` has fully started is lost, hence repeated.
        run = self._runs
        while self._runs == run and not self._standing.is_set():
            self._stop_asked = True
            self._accounting.want_attention(True)
            self._standing.wait(POLL_SECONDS)

    def _enter(self) -> None:
        self._stop_asked = False
        self._runner = threading.get_ident()
        self._runs += 1
        self._standing.clear()

    def _leave(self) -> None:
        self._runner = None
        self._standing.set()

    def _run_once(self, count: int) -> StopReason | None:
        """Start the emulator once; None: nothing to report, continue."""
        self._reason = self._bad_address = self.fault = self._error = None
        self._stopped = False
        yielded = False
        self._accounting.translate_anew()
        # Translated code calls the earlier hooks, not the one that counts steps.
        if self._code_is_stale or count:
            self._code_is_stale = False
            self._uc.ctl_flush_tb()
        self._accounting.want_attention(True)
        self._alignment.enter(self._pc)
        self._breakpoints.continue_at(self._pc)
        try:
            self._uc.emu_start(self._pc | 1, RUN_FOREVER, count=count)
        except unicorn.UcError as error:
            yielded = self._failed(error)
        finally:
            self._settle_alignment()
            self._accounting.settle_at(self._pc)
            self._guard.restore()
        if self._error is not None:
            raise self._error
        if self._reason is not None or count or yielded:
            return self._reason
        if not self._stopped:
            return StopReason.SLEEP
        return StopReason.REQUESTED if self._stop_asked else None

    def _settle_alignment(self) -> None:
        """An access that must be aligned and is not has ended the run."""
        address = self._alignment.settle()
        if address is not None:
            self._accounting.faults_settled()
            self._reason = StopReason.FAULT
            self.fault = EmulatorFault(EmulatorFaultKind.UNALIGNED, self._pc, address)

    def _failed(self, error: unicorn.UcError) -> bool:
        """The emulator stopped at a fault or at a hint; returns whether that was YIELD."""
        invalid = error.errno == unicorn.UC_ERR_INSN_INVALID
        at = self._accounting.accessing_address
        hint = hint_at(self._uc, at, self._pc) if invalid and at is not None else b""
        if hint == WFE:
            self._reason = StopReason.WAIT_FOR_EVENT
        elif hint != YIELD:
            self._reason = StopReason.FAULT
            self.fault = self.fault or EmulatorFault(
                kind_of_error(error), self._pc, self._bad_address
            )
        return hint == YIELD

    # Reports of the emulator

    def _between_blocks(self) -> None:
        """Called after attention was requested. The core stops only here.

        Elsewhere Unicorn would repeat an access in progress, or lose a stop request inside an
        IT block.
        """
        self._guard.restore()
        self._space.forget_devices()
        self._accounting.want_attention(False)
        try:
            if not self._stepping and self._service():
                self._reason = self._reason or StopReason.INTERRUPT
        except Exception as error:  # noqa: BLE001  it may not be raised through compiled code
            self._error = error
        held = self._alignment.pending or self._code_is_stale
        if self._reason or self._error or self._stop_asked or held:
            self._accounting.want_attention(True)
            self._stop()

    def _stop(self) -> None:
        self._stopped = True
        self._uc.emu_stop()

    def _stop_at_fault(self) -> None:
        self._accounting.want_attention(True)
        self._uc.emu_stop()

    def _on_breakpoint(self) -> None:
        self._reason = StopReason.BREAKPOINT
        self._uc.emu_stop()

    def _on_exception(self, _uc: object, number: int, _data: object) -> None:
        self._reason = reason_of_exception(number, self._pc, handling=self.handling)
        if self._reason is StopReason.FAULT:
            self.fault = EmulatorFault(kind_of_exception(number), self._pc)
        self._uc.emu_stop()

    def _on_absent(
        self, _uc: object, _access: int, address: int, _size: int, _value: int, _data: object
    ) -> bool:
        self._bad_address = address
        return False

    def _on_flash_write(
        self, _uc: object, _access: int, address: int, size: int, value: int, _data: object
    ) -> bool:
        if not self._guard.covers(address):
            self._bad_address = address
            return False
        if self._guard.offer(address, size, value):
            self._accounting.want_attention(True)
        registers.clear_it_state(self._uc)
        return True

    # Exceptions

    @property
    def handling(self) -> int:
        """The exception being handled (IPSR), 0 in thread mode."""
        return registers.read(self._uc, registers.XPSR) & registers.IPSR_MASK

    @property
    def inside_it_block(self) -> bool:
        """Whether the next instruction depends on an IT instruction before it."""
        return bool(registers.read(self._uc, registers.XPSR) & registers.IT_STATE)

    @property
    def has_just_sent_event(self) -> bool:
        """After a WFE: whether SEV was the instruction before it."""
        return follows_sev(self._uc, self._pc)

    def want_service(self) -> None:
        """Request a call of `service` before the next block."""
        self._accounting.want_attention(True)

    def set_alarm(self, cycle: int) -> None:
        """Request a call of `service` before the first block that starts at `cycle` or later."""
        self._accounting.set_alarm(cycle)

    def watch_masks(self, wanted: bool) -> None:
        """Request a call of `service` when PRIMASK, BASEPRI or FAULTMASK has changed."""
        self._accounting.watch_masks(registers.masks(self._uc) if wanted else None)

    def let_pass(self, cycles: int) -> None:
        """Add cycles in which the core executes no instructions."""
        self._accounting.let_pass(cycles)

    # Debugging

    @property
    def _pc(self) -> int:
        return registers.program_counter(self._uc)

    def read_register(self, number: int) -> int:
        """The register with that number in DCRSR.REGSEL; 0 if there is none."""
        return registers.read(self._uc, number)

    def write_register(self, number: int, value: int) -> None:
        """Set the register with that number in DCRSR.REGSEL; ignored if there is none."""
        registers.write(self._uc, number, value)

    def read_registers(self, numbers: tuple[int, ...]) -> list[int]:
        """Read several registers at once; not CONTROL and the masks."""
        return registers.read_many(self._uc, numbers)

    def write_registers(self, numbers: tuple[int, ...], values: Sequence[int]) -> None:
        """Set several general-purpose or floating-point registers at once."""
        registers.write_many(self._uc, numbers, values)

    def set_breakpoints(self, addresses: Iterable[int]) -> None:
        """Stop before the instructions at `addresses`, or their IT; replaces the earlier ones."""
        self._breakpoints.set(addresses)
        self._code_is_stale = True

    def enable_memory(self, memory: HostMemory, wanted: bool) -> None:
        """Whether accesses of one of the core's memories succeed; also in a callback."""
        self._space.enable(memory, wanted)

    def code_changed(self, start: int, size: int) -> None:
        """Bytes in `start .. start + size` were changed other than by the core's stores.

        Fast if no code there has run.
        """
        if not self._accounting.forget(start, size):
            return
        self._code_is_stale = True
        self._accounting.want_attention(True)

    def reset(self, stack_pointer: int, entry: int) -> None:
        """Set all registers and the timing state as after a reset."""
        registers.reset(self._uc, stack_pointer, entry)
        self.reset_timing()

    @property
    def accessing_pc(self) -> int | None:
        """In a callback of the core: the address of its instruction. None in other threads."""
        if threading.get_ident() != self._runner:
            return None
        return self._accounting.accessing_address

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
        """The firmware changed wait states, caches or bus clocks: count with the new settings."""
        if threading.get_ident() == self._runner:
            self._accounting.settle_before_access()
        self._accounting.configure(settings)

    def trap_unaligned(self, wanted: bool) -> None:
        """Whether all unaligned accesses fault, also those of instructions that permit them."""
        self._accounting.require_alignment(wanted)

    def leave_out(self, mechanisms: int) -> None:
        """Count without these mechanisms of the model (`sim.cycles.mechanisms`)."""
        self._accounting.leave_out(mechanisms)

    def reset_timing(self) -> None:
        """Set caches, predictors and pipeline as at power-up; `cycles` continues."""
        self._accounting.reset()
