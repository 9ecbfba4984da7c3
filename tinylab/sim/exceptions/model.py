"""Exception entry and return."""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.boards.board import Core as CoreName
from tinylab.sim.core.emulated_core import EmulatedCore, EmulatorFault, EmulatorFaultKind
from tinylab.sim.exceptions.fault_report import Context, FaultReport, fault_report
from tinylab.sim.exceptions.fault_status import CAUSES, CFSR, HFSR
from tinylab.sim.exceptions.processor import (
    BASEPRI,
    FAULTMASK,
    FPCA,
    PC,
    PRIMASK,
    SPECIAL,
    SPSEL,
    MemoryAccess,
    Processor,
)
from tinylab.sim.peripherals.core import scb as block
from tinylab.sim.peripherals.core.nvic import HARD_FAULT, NMI, NVIC, SV_CALL
from tinylab.sim.peripherals.core.scb import SCB

TO_PSP, TO_THREAD, BASIC = 1 << 2, 1 << 3, 1 << 4
LINKS: Mapping[CoreName, int] = {
    CoreName.CORTEX_M4: 0xFFFF_FFE1,
    CoreName.CORTEX_M7: 0xFFFF_FFE1,
    CoreName.CORTEX_M33: 0xFFFF_FFA0,
}
"""EXC_RETURN without the bits above (ARM DDI 0403, B1.5.8); on Armv8-M with the Security
Extension off DCRS is 1 and S and ES are 0 (ARM DDI 0553, EXC_RETURN)."""
ENTRY_CYCLES, EXIT_CYCLES, TAIL_CHAIN_CYCLES = 12, 10, 6
"""With zero-wait memory: Cortex-M4 technical reference manual (ARM 100166), 3.9.1;
the exit from The Definitive Guide to ARM Cortex-M3 and Cortex-M4 (Yiu), 8.4. The Cortex-M7
and the Cortex-M33 are taken to need as long; their manuals give no table."""
EXECUTE_NEVER = 0xE000_0000
"""Code cannot run at or above this address."""


class ExceptionModel:
    """Exception entry and return of a core (ARM DDI 0403, B1.5).

    Methods return whether the core continues; if not, it is locked up. `report` describes the
    last fault. Privilege is tracked, but not enforced.
    """

    def __init__(
        self, core: EmulatedCore, name: CoreName, nvic: NVIC, scb: SCB, memory: MemoryAccess
    ) -> None:
        self._core = core
        self._link = LINKS[name]
        self._nvic = nvic
        self._scb = scb
        self._memory = memory
        self._processor = Processor(core, memory)
        self.report: FaultReport | None = None
        self.taken = 0
        """Number of exceptions taken since power-up."""

    # Selecting the next exception

    @property
    def execution_priority(self) -> int:
        """The priority that an exception must be below to preempt (B1.5.4)."""
        special, found = self._processor.special, self._nvic.active_priority
        if special >> BASEPRI & 0xFF:
            found = min(found, self._nvic.group(special >> BASEPRI & 0xFF))
        if special >> PRIMASK & 1:
            found = min(found, 0)
        return min(found, -1) if special >> FAULTMASK & 1 else found

    def _preempts(self, number: int, *, than: int | None = None) -> bool:
        current = self.execution_priority if than is None else than
        return self._nvic.group(self._nvic.priorities[number]) < current

    def _next(self) -> int | None:
        number = self._nvic.next_pending()
        return number if number is not None and self._preempts(number) else None

    def wants_to_preempt(self) -> bool:
        """Between two blocks of code: whether the core must stop for `take_pending`."""
        if self._nvic.next_pending() is None:
            self._core.watch_masks(wanted=False)
            return False
        ready = self._next() is not None
        self._core.watch_masks(wanted=not ready)
        if ready and self._core.inside_it_block:
            self._core.want_service()
            return False
        return ready

    def wakes(self) -> bool:
        """Whether a pending exception ends WFI; PRIMASK is ignored (B1.5.19)."""
        number = self._nvic.next_pending()
        if number is None:
            return False
        current = self._nvic.active_priority
        basepri = self._processor.special >> BASEPRI & 0xFF
        return self._preempts(number, than=min(current, basepri) if basepri else current)

    # Taking exceptions

    def take_pending(self) -> bool:
        """Take the pending exception, if it still preempts."""
        number = self._next()
        return number is None or self._enter(number, self._core.read_register(PC))

    def supervisor_call(self) -> bool:
        """SVC; if it cannot be taken, it is a HardFault."""
        pc = self._core.read_register(PC)
        if self._preempts(SV_CALL):
            return self._enter(SV_CALL, pc)
        return self._hard_fault("SVC that cannot preempt", pc, HFSR.FORCED)

    def breakpoint(self) -> bool:
        """BKPT without a debugger."""
        pc = self._core.read_register(PC)
        return self._hard_fault("breakpoint with no debugger attached", pc, HFSR.DEBUGEVT)

    def take_fault(self, fault: EmulatorFault) -> bool:
        """Take the fault's own exception, else HardFault; else the core locks up."""
        exception, status = CAUSES[fault.kind]
        self._scb.set_bits(block.CFSR, status)
        if fault.address is not None and status & CFSR.BFARVALID:
            self._scb.words[block.BFAR] = fault.address
        if self._scb.handles(exception) and self._preempts(exception):
            return self._enter_for_fault(exception, str(fault), fault.pc)
        return self._hard_fault(str(fault), fault.pc, HFSR.FORCED)

    def _hard_fault(self, reason: str, pc: int, status: HFSR) -> bool:
        if self.execution_priority > -1:
            self._scb.set_bits(block.HFSR, status)
            return self._enter_for_fault(HARD_FAULT, reason, pc)
        context = Context.of(self._core)
        self.report = fault_report(None, reason, context, pc, self._scb)
        return False

    def _enter_for_fault(self, exception: int, reason: str, pc: int) -> bool:
        context = Context.of(self._core)
        self.report = fault_report(exception, reason, context, pc, self._scb)
        return self._enter(exception, pc)

    def _enter(self, number: int, return_address: int) -> bool:
        special, thread = self._processor.special, not self._core.handling
        frame = self._processor.push_frame(return_address)
        if frame is None:
            return self._without_stack(number, return_address)
        link = self._link
        link |= 0 if special & FPCA else BASIC
        link |= TO_THREAD if thread else 0
        link |= TO_PSP if thread and special & SPSEL else 0
        self._core.let_pass(ENTRY_CYCLES)
        return self._start_handler(number, link)

    def _without_stack(self, number: int, pc: int) -> bool:
        """No memory for the frame: the resulting fault cannot run a handler either."""
        self._scb.set_bits(block.CFSR, CFSR.STKERR)
        self._scb.set_bits(block.HFSR, HFSR.FORCED)
        reason = f"no memory for the frame of exception {number}"
        self.report = fault_report(None, reason, Context.of(self._core), pc, self._scb)
        return False

    def _start_handler(self, number: int, link: int) -> bool:
        self._nvic.activate(number)
        self.taken += 1
        address = self._scb.vector_table + 4 * number
        vector = int.from_bytes(self._memory.read_memory(address, 4) or b"", "little")
        self._processor.enter_handler(number, vector, link)
        if vector & 1 and vector < EXECUTE_NEVER:
            return True
        kind = EmulatorFaultKind.FETCH if vector & 1 else EmulatorFaultKind.STATE
        return self.take_fault(EmulatorFault(kind, vector & ~1))

    # Returning

    def leave_handler(self) -> bool:
        """The handler branched to its EXC_RETURN value."""
        core, number = self._core, self._core.handling
        link = core.read_register(PC) | self._link & 1
        valid = self._nvic.is_active(number) and self._is_valid(link, number)
        self._nvic.deactivate(number)
        if not valid:
            return self.take_fault(EmulatorFault(EmulatorFaultKind.INVALID_RETURN, link))
        if number != NMI:
            core.write_register(SPECIAL, self._processor.special & ~(1 << FAULTMASK))
        follower = self._next()
        if follower is not None:
            core.let_pass(TAIL_CHAIN_CYCLES)
            return self._start_handler(follower, link)
        core.let_pass(EXIT_CYCLES)
        if not self._processor.pop_frame(from_psp=bool(link & TO_PSP), extended=not link & BASIC):
            return self.take_fault(EmulatorFault(EmulatorFaultKind.UNSTACKING, link))
        return True

    def _is_valid(self, link: int, number: int) -> bool:
        """Back to thread mode from the last handler only (B1.5.8), without NONBASETHRDENA."""
        others = self._nvic.active & ~(1 << number)
        variable = TO_PSP | TO_THREAD | BASIC
        if link | variable != self._link | variable:
            return False
        return not others if link & TO_THREAD else bool(others) and not link & TO_PSP
