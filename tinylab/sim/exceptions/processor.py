"""Switches a core between its modes and stacks, as exceptions do."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from tinylab.sim.core import registers
from tinylab.sim.core.emulated_core import EmulatedCore

SP, LR, PC, XPSR, SPECIAL = (
    registers.STACK_POINTER,
    registers.LINK,
    registers.PROGRAM_COUNTER,
    registers.XPSR,
    registers.SPECIAL,
)
MSP, PSP = 17, 18
STACKED = (0, 1, 2, 3, 12, LR)
SINGLES = range(registers.FIRST_SINGLE, registers.FIRST_SINGLE + 16)
STACKED_FLOATS = (*SINGLES, registers.FPSCR)
ALIGNED = 1 << 9
"""In a stacked xPSR: the frame was moved down by four bytes."""
BASIC_WORDS, EXTENDED_WORDS = 8, 26
CONTROL, NPRIV, SPSEL, FPCA = 24, 1 << 24, 1 << 25, 1 << 26
FAULTMASK, BASEPRI, PRIMASK = 16, 8, 0


class MemoryAccess(Protocol):
    """The exception logic's access to memory; None and False if there is no memory."""

    def read_memory(self, address: int, size: int) -> bytes | None: ...
    def write_memory(self, address: int, data: bytes) -> bool: ...


@dataclass
class Processor:
    """Frames and modes (ARM DDI 0403, B1.5.6 to B1.5.8).

    Frames are aligned to 8 bytes, as with CCR.STKALIGN set. Floating-point registers are
    saved at once, not lazily; software sees the difference only in the frame.
    """

    core: EmulatedCore
    memory: MemoryAccess

    @property
    def special(self) -> int:
        """CONTROL, FAULTMASK, BASEPRI, PRIMASK, a byte each from the most significant."""
        return self.core.read_register(SPECIAL)

    def push_frame(self, return_address: int) -> int | None:
        """Save the context on its stack; returns the frame's address, None if no memory."""
        core, extended = self.core, bool(self.special & FPCA)
        *words, xpsr, stack = core.read_registers((*STACKED, XPSR, SP))
        size = 4 * (EXTENDED_WORDS if extended else BASIC_WORDS)
        frame = stack - size & ~7
        words += [return_address, xpsr & ~ALIGNED | (ALIGNED if stack & 4 else 0)]
        if extended:
            words += [*core.read_registers(STACKED_FLOATS), 0]
        content = struct.pack(f"<{len(words)}I", *words)
        if frame < 0 or not self.memory.write_memory(frame, content):
            return None
        core.write_register(SP, frame)
        return frame

    def enter_handler(self, number: int, vector: int, link: int) -> None:
        """Handler mode, privileged, on the main stack."""
        special = self.special & ~(SPSEL | FPCA)
        if self.special & NPRIV:  # SPSEL can be cleared only in privileged thread mode
            self.core.write_register(XPSR, number)
            self.core.write_register(SPECIAL, special & ~NPRIV)
            self.core.write_register(XPSR, 0)
        self.core.write_register(SPECIAL, special & ~NPRIV)
        self.core.write_register(XPSR, number)
        self.core.write_register(SPECIAL, special)
        self.core.write_register(LR, link)
        self.core.write_register(PC, vector)

    def pop_frame(self, *, from_psp: bool, extended: bool) -> bool:
        """Restore the saved context; False if there is no memory."""
        core = self.core
        pointer = PSP if from_psp else MSP
        frame = core.read_register(pointer)
        size = 4 * (EXTENDED_WORDS if extended else BASIC_WORDS)
        content = self.memory.read_memory(frame, size)
        if content is None:
            return False
        words = struct.unpack(f"<{size // 4}I", content)
        pc, xpsr = words[6:8]
        core.write_register(pointer, frame + size | (4 if xpsr & ALIGNED else 0))
        core.write_registers(STACKED, words[: len(STACKED)])
        if extended:
            core.write_registers(STACKED_FLOATS, words[BASIC_WORDS : EXTENDED_WORDS - 1])
        self._change_mode(xpsr & ~ALIGNED, psp=from_psp, fpca=extended)
        core.write_register(PC, pc)
        return True

    def _change_mode(self, xpsr: int, *, psp: bool, fpca: bool) -> None:
        """From handler mode: SPSEL can be set only in privileged thread mode."""
        special = self.special & ~(SPSEL | FPCA)
        self.core.write_register(SPECIAL, special & ~NPRIV)
        self.core.write_register(XPSR, xpsr)
        self.core.write_register(SPECIAL, special | SPSEL * psp | FPCA * fpca)
