"""Determines the steps that predict a block's memory accesses before it runs.

The block is traversed from its end: an access requires its address registers, and each required
value must have been computed or loaded before, or be available at the start of the block. (A
backward slice: M. Weiser, "Program slicing", ICSE 1981.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tinylab.sim.cycles.compiled.address_steps import (
    FIRST_KEPT,
    FLAGS,
    LEAVES,
    MAX_KEPT,
    SCRATCH,
    SEEN,
    SIGNS,
    ZERO,
    Does,
    Effect,
    Step,
)
from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.instruction import ALWAYS, PC, UNKNOWN, Instruction, Role
from tinylab.sim.cycles.decoding.instruction import FLAGS as FLAG_REGISTER
from tinylab.sim.cycles.decoding.mnemonics import Operation

WORD = 4
FLAG_SHIFT = 28
"""NZCV in xPSR."""
ON_SIGNS = (0, 1, 4, 5)
"""EQ, NE, MI, PL."""


@dataclass(frozen=True)
class Observed:
    """An instruction, and whether the model observes it although it accesses no memory."""

    instruction: Instruction
    observed: bool


def foreseen(block: Sequence[Observed]) -> Effect | None:
    """The steps, in order; None if they depend on values that are not known in advance."""
    return _Slice(block).steps()


class _Slice:
    """`needed` has the registers whose values are required after the present instruction."""

    def __init__(self, block: Sequence[Observed]) -> None:
        self._block = block
        self._needed: set[int] = set()
        self._kept: dict[int, list[Step]] = defaultdict(list)
        self._kept_used = 0

    def steps(self) -> Effect | None:
        backwards: list[Step] = []
        for row in range(len(self._block) - 1, -1, -1):
            steps = self._steps_of(row)
            if steps is None:
                return None
            backwards += reversed(steps)
        reads = (
            Step(Does.READ, register, shift=FLAG_SHIFT if register in (FLAGS, SIGNS) else 0)
            for register in sorted(self._needed)
        )
        return (*reads, *reversed(backwards))

    def _steps_of(self, row: int) -> Effect | None:
        """Process one instruction backwards: update the values required before it."""
        instruction = self._block[row].instruction
        if instruction.name == UNKNOWN:
            return None
        seen = instruction.access is not None or self._block[row].observed
        made = self._made(row, self._needed & _written(instruction))
        if made is None:
            return None
        steps = (*(_noted(instruction, row) if seen else ()), *made, *self._kept.pop(row, ()))
        if instruction.condition == ALWAYS or instruction.branch == Branch.CONDITIONAL:
            self._needed = _before(steps, self._needed)
            return steps
        role = (SEEN if seen else 0) | (LEAVES if instruction.branch != Branch.NONE else 0)
        if not steps and not role:
            return ()
        flags = SIGNS if instruction.condition in ON_SIGNS else FLAGS
        self._needed |= _before(steps, self._needed) | {flags}
        unless = Step(Does.UNLESS, ZERO, flags, role, instruction.condition, len(steps), row)
        return (unless, *steps)

    def _made(self, row: int, wanted: set[int]) -> Effect | None:
        """How the instruction computes the registers in `wanted`."""
        instruction = self._block[row].instruction
        if not wanted:
            return ()
        if instruction.access is not None:
            return self._accessed(row, wanted)
        parts: list[Effect | None] = []
        if FLAGS in wanted:
            parts.append(instruction.flags)
        if SIGNS in wanted:
            parts.append(instruction.signs)
        # Signs that no comparison sets are those of the result, which is computed for them.
        has_result = SIGNS in wanted and instruction.flags is None
        if wanted - {FLAGS, SIGNS} and not has_result:
            parts.append(instruction.effect)
        steps: list[Step] = []
        for part in parts:
            if part is None:
                return None
            steps += part
        return tuple(steps)

    def _accessed(self, row: int, wanted: set[int]) -> Effect | None:
        instruction = self._block[row].instruction
        access, base = instruction.access, instruction.updated_base
        assert access is not None
        steps = []
        if base is not None and base in wanted:
            steps.append(Step(Does.ADD, base, base, constant=access.advance))
        for register in sorted(wanted - {base}):
            loaded = self._loaded(row, register)
            if loaded is None:
                return None
            steps.append(loaded)
        return tuple(steps)

    def _loaded(self, row: int, register: int) -> Step | None:
        instruction = self._block[row].instruction
        access = instruction.access
        if access is None or register not in instruction.writes:
            return None
        if instruction.operation == Operation.LOAD:
            position, size = 0, access.width
        elif instruction.operation in (Operation.LOAD_PAIR, Operation.LOAD_MULTIPLE):
            position, size = instruction.writes.index(register), WORD
        else:
            return None
        stored = self._stored_before(row, WORD * position) if size == WORD else None
        if stored is not None and self._kept_used < MAX_KEPT:
            return self._take(register, stored, WORD * position)
        signed = instruction.name.startswith("ldrs")
        does = Does.LOAD_SIGNED if signed else Does.LOAD
        return Step(does, register, shift=size, constant=WORD * position)

    def _take(self, register: int, stored: tuple[int, int], offset: int) -> Step:
        """Save the register that a row stores, for `register`."""
        row, kept_register = stored
        kept = FIRST_KEPT + self._kept_used
        self._kept_used += 1
        self._kept[row].append(Step(Does.ADD, kept, kept_register))
        return Step(Does.TAKE, register, kept, constant=offset, row=row)

    def _stored_before(self, row: int, offset: int) -> tuple[int, int] | None:
        """The row that last stored the word at `offset` from the first address that `row` loads,
        and the register it stored; found only if both address it in the same way."""
        loading = self._block[row].instruction
        access = loading.access
        if access is None or access.base is None or access.index is not None:
            return None
        wanted = access.offset + offset
        for before in range(row - 1, -1, -1):
            instruction = self._block[before].instruction
            if access.base in _written(instruction):
                return None
            found = _stored_at(instruction, access.base, wanted)
            if found is not None:
                return before, found
        return None


def _written(instruction: Instruction) -> set[int]:
    written = {register for register in instruction.writes if register < PC}
    if instruction.updated_base is not None:
        written.add(instruction.updated_base)
    if FLAG_REGISTER in instruction.writes:
        written |= {FLAGS, SIGNS}
    return written


def _stored_at(instruction: Instruction, base: int, offset: int) -> int | None:
    """The core register that `instruction` stores as the word at `base` + `offset`."""
    access = instruction.access
    one_or_two = instruction.operation in (Operation.STORE, Operation.STORE_PAIR)
    if access is None or not one_or_two or access.base != base or access.index is not None:
        return None
    stored = [register for register, role in instruction.reads if role == Role.STORED]
    position, rest = divmod(offset - access.offset, WORD)
    always = instruction.condition == ALWAYS and not instruction.name.startswith("strex")
    whole = access.width == WORD and always and not rest
    if not whole or len(stored) != access.words or not 0 <= position < len(stored):
        return None
    return stored[position]


def _before(steps: Effect, needed: set[int]) -> set[int]:
    """The values required before `steps`, if `needed` are required after them."""
    wanted = set(needed)
    for step in reversed(steps):
        wanted.discard(step.to)
        wanted |= {step.left, step.right} - {ZERO}
    wanted.discard(SCRATCH)
    return wanted


def _noted(instruction: Instruction, row: int) -> Effect:
    access = instruction.access or instruction.preload
    if access is None:
        dividend, divisor = instruction.division or (ZERO, ZERO)
        return (Step(Does.NOTE_QUOTIENT, ZERO, dividend, divisor, row=row),)
    base = ZERO if access.base is None else access.base
    index = ZERO if access.index is None else access.index
    return (Step(Does.NOTE, ZERO, base, index, access.shift, access.offset, row),)
