"""Executed code, decoded into rows for a cycle model."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from unicorn import arm_const

from tinylab.sim.cycles.compiled import record_layout
from tinylab.sim.cycles.compiled.address_steps import FLAGS, SIGNS, Does, Effect, Step
from tinylab.sim.cycles.compiled.record_layout import NO_REGISTER, State
from tinylab.sim.cycles.decoding.address_plan import Plan, plan_of
from tinylab.sim.cycles.decoding.backward_slice import Observed, foreseen
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.decode import PAGE, decode_block
from tinylab.sim.cycles.decoding.instruction import Instruction
from tinylab.sim.cycles.mechanisms.transitions import forget_transitions
from tinylab.sim.memory import HostMemory

SPARE_ROWS = 1 << 10
SPARE_OPERANDS = SPARE_ROWS * 36
SPARE_STEPS = SPARE_ROWS * 40
"""Room for the largest block."""

FORGOTTEN = -1
NEVER_CACHED = -1
NO_PLAN = Plan((), (), (), -1)

CORE_REGISTERS = (
    *(arm_const.UC_ARM_REG_R0 + number for number in range(13)),
    arm_const.UC_ARM_REG_SP,
    arm_const.UC_ARM_REG_LR,
)

CPSIE, MSR, MSR_END = 0xB660, 0xF380, 0x8800
HINTS = (0xBF10, 0xBF20)
WIDE_HINT, WIDE_HINTS = 0xF3AF, (0x8001, 0x8002)
"""YIELD and WFE in 16 and in 32 bits (ARM DDI 0403, A5.2.5 and A5.3.4)."""


class DecodedCode:
    """Fills the tables `blocks`, `rows` and `operands` of a model's record as code is executed.

    When they are full, all code is discarded and decoded again; this does not change counts.
    """

    def __init__(
        self,
        state: State,
        memories: Sequence[HostMemory],
        cost: Callable[[Instruction], Cost],
        replaced: Callable[[int], None],
    ) -> None:
        """`replaced` is called with a block's number before another block takes it."""
        self._state = state
        self._replaced = replaced
        self._memories = tuple(memories)
        self._cost = cost
        self._pending: dict[int, tuple[int, ...]] = {}
        self._blocks = self._rows = self._operands = self._steps = self._spans = 0
        self._forgot = False
        self._all_aligned = False
        self.clear()

    def require_alignment(self, wanted: bool) -> None:
        """Whether every access must be aligned, also those that need not be (UNALIGN_TRP)."""
        if wanted == self._all_aligned:
            return
        self._all_aligned = wanted
        rows = self._state["rows"][: self._rows]
        always = rows["flags"] & record_layout.ALIGNED != 0
        self._state["no_plans"] = int(wanted)
        rows["aligned"] = np.where((rows["words"] != 0) & (always | wanted), rows["width"] - 1, 0)

    def clear(self) -> None:
        """Discard all code. A block that is running is still accounted for."""
        state = self._state
        state["blocks"]["first_row"][state["block"]] = FORGOTTEN
        state["block_slots"] = record_layout.NO_BLOCK
        self._blocks = self._rows = self._operands = self._steps = self._spans = 0
        self._pending.clear()
        self._forgot = False
        forget_transitions(state)

    def knows(self, start: int, size: int) -> bool:
        """Whether any code in `start .. start + size` may have run since `clear`."""
        blocks = self._state["blocks"][: self._blocks]
        ends = blocks["address"] + blocks["length"]
        return self._forgot or bool(((blocks["address"] < start + size) & (ends > start)).any())

    def decode(self, address: int, size: int) -> None:
        """Decode the block at `address` into `blocks[decoded_block]`."""
        self._make_room()
        self._replaced(self._blocks)
        memory = next((m for m in self._memories if m.holds(address, size)), None)
        code, bus, host_code = bytes(size), record_layout.DEVICE, 0
        if memory is not None:
            offset = memory.position(address)
            longest = max(size, PAGE - address % PAGE)
            code, bus = memory.buffer[offset : offset + longest], record_layout.BUSES[memory.bus]
            host = memory.host_address + address - memory.base
            host_code = host if memory.writable else 0
        block = decode_block(code, address, self._pending.get(address, ()), size)
        length = sum(instruction.length for instruction in block.instructions)
        if block.pending:
            self._pending[address + length] = block.pending
        code = code[:length]
        first = self._rows
        costs = [self._cost(instruction) for instruction in block.instructions]
        self._add_rows(block.instructions, costs)
        state = self._state
        rows, unmasks = (first, self._rows), may_unmask(code)
        seen = map(Observed, block.instructions, (cost.observed for cost in costs))
        steps = None if has_hint(code) else foreseen(tuple(seen))
        tracing = record_layout.UNFORESEEN if steps is None else record_layout.FORESEEN
        steps = steps or ()
        plan = plan_of(steps, block.instructions) or NO_PLAN
        state["blocks"][self._blocks] = (
            address,
            size,
            length,
            *rows,
            *self._add_steps(steps),
            *self._add_plan(plan),
            tracing,
            bus,
            unmasks,
            host_code,
            0,
        )
        state["decoded_block"] = self._blocks
        self._blocks += 1

    def _make_room(self) -> None:
        if (
            self._blocks == record_layout.MAX_BLOCKS
            or self._rows > record_layout.MAX_ROWS - SPARE_ROWS
            or self._operands > record_layout.MAX_OPERANDS - SPARE_OPERANDS
            or self._steps > record_layout.MAX_STEPS - SPARE_STEPS
            or self._spans > record_layout.MAX_SPANS - record_layout.MAX_BLOCK_SPANS
        ):
            self.clear()
            self._forgot = True

    def _add_plan(self, plan: Plan) -> tuple[int, ...]:
        """The positions of its notes, its last load and its spans, and whether it is one."""
        self._add_steps(plan.computing)
        notes, first = self._add_steps(plan.notes), self._spans
        self._spans += len(plan.spans)
        if plan.spans:
            self._state["spans"][first : self._spans] = list(plan.spans)
        last_load = notes[0] + plan.last_load if plan.last_load >= 0 else -1
        return (*notes, last_load, first, self._spans, int(plan is not NO_PLAN), NEVER_CACHED)

    def _add_steps(self, steps: Effect) -> tuple[int, int]:
        """The position of the steps."""
        first = self._steps
        self._steps += len(steps)
        if steps:
            self._state["steps"][first : self._steps] = [
                (
                    step.does,
                    step.to,
                    step.left,
                    step.right,
                    step.shift,
                    _register_read(step),
                    step.row,
                    step.constant,
                )
                for step in steps
            ]
        return first, self._steps

    def _add_rows(self, instructions: Sequence[Instruction], costs: Sequence[Cost]) -> None:
        operands: list[tuple[int, int]] = []
        rows = []
        for instruction, cost in zip(instructions, costs, strict=True):
            rows.append(self._row(instruction, cost, self._operands + len(operands)))
            operands += (*cost.sources, *cost.results)
        first_row, first_operand = self._rows, self._operands
        self._rows += len(rows)
        self._operands += len(operands)
        self._state["rows"][first_row : self._rows] = rows
        if operands:
            self._state["operands"][first_operand : self._operands] = operands

    def _row(self, instruction: Instruction, cost: Cost, first_operand: int) -> tuple[int, ...]:
        return (
            instruction.address,
            instruction.length,
            _flags(instruction, cost),
            int(instruction.branch),
            *_what_is_looked_at(instruction, self._all_aligned),
            cost.kind,
            cost.cycles,
            cost.divider_cycles,
            len(cost.sources),
            len(cost.results),
            first_operand,
            cost.resources,
        )


def _flags(instruction: Instruction, cost: Cost) -> int:
    flags = record_layout.OBSERVED if cost.observed else 0
    if instruction.access is not None and instruction.access.store:
        flags |= record_layout.STORES
    if instruction.access is not None and instruction.access.aligned:
        flags |= record_layout.ALIGNED
    if instruction.division is not None:
        flags |= record_layout.DIVIDES | (record_layout.SIGNED if instruction.name == "sdiv" else 0)
    if cost.observed and instruction.preload is not None:
        flags |= record_layout.PRELOADS
    return flags


def _what_is_looked_at(instruction: Instruction, all_aligned: bool) -> tuple[int, ...]:
    """Words, width, shift, alignment, base, index and offset of an instruction's memory access.

    A branch has its target instead of the offset.
    """
    access = instruction.access or instruction.preload
    if access is not None:
        base, index = _emulator_register(access.base), _emulator_register(access.index)
        aligned = access.width - 1 if access.aligned or all_aligned else 0
        return access.words, access.width, access.shift, aligned, base, index, access.offset
    dividend, divisor = instruction.division or (None, None)
    return (
        0,
        0,
        0,
        0,
        _emulator_register(dividend),
        _emulator_register(divisor),
        instruction.target or 0,
    )


def may_unmask(code: bytes) -> bool:
    """Whether it has a CPSIE or an MSR (ARM DDI 0403, B5.2.1 and B5.2.3), or appears to."""
    halfwords = struct.unpack_from(f"<{len(code) // 2}H", code)
    return any(
        halfword & 0xFFF8 == CPSIE or (halfword & 0xFFF0 == MSR and following & 0xFF00 == MSR_END)
        for halfword, following in pairwise((*halfwords, 0))
    )


def _register_read(step: Step) -> int:
    if step.does is not Does.READ:
        return NO_REGISTER
    xpsr: int = arm_const.UC_ARM_REG_XPSR
    return xpsr if step.to in (FLAGS, SIGNS) else CORE_REGISTERS[step.to]


def has_hint(code: bytes) -> bool:
    """Whether it has a hint at which the emulator stops, or appears to."""
    halfwords = struct.unpack_from(f"<{len(code) // 2}H", code)
    return any(
        halfword in HINTS or (halfword == WIDE_HINT and following in WIDE_HINTS)
        for halfword, following in pairwise((*halfwords, 0))
    )


def _emulator_register(number: int | None) -> int:
    return NO_REGISTER if number is None else CORE_REGISTERS[number]
