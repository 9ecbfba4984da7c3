"""Which steps tell, before a block runs, what memory it will access.

The block is gone through from its end: an access needs its address registers, and what is
needed must have been computed or loaded before, or be there when the block begins. (A backward
slice: M. Weiser, "Program slicing", ICSE 1981.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinylab.sim.cycles.effects import SCRATCH, ZERO, Does, Effect, Step
from tinylab.sim.cycles.instruction import ALWAYS, PC, Branch, Instruction
from tinylab.sim.cycles.mnemonics import Operation

UNKNOWN = "?"
WORD = 4


@dataclass(frozen=True)
class Observed:
    """An instruction, and whether the model wants to see it though it accesses no memory."""

    instruction: Instruction
    observed: bool


def foreseen(block: Sequence[Observed]) -> Effect | None:
    """The steps, in their order; None if something hinges on what happens in the block:
    on a condition, or on arithmetic that is not known."""
    needed: set[int] = set()
    reversed_steps: list[Step] = []
    for row in range(len(block) - 1, -1, -1):
        steps = _steps_of(block[row], row, needed)
        if steps is None:
            return None
        reversed_steps += reversed(steps)
    reads = (Step(Does.READ, to=register) for register in sorted(needed))
    return (*reads, *reversed(reversed_steps))


def _steps_of(each: Observed, row: int, needed: set[int]) -> Effect | None:
    """What one instruction does to what is needed behind it; `needed` becomes what is before."""
    instruction = each.instruction
    if instruction.name == UNKNOWN:
        return None
    base = instruction.updated_base
    written = {register for register in instruction.writes if register < PC}
    produced = needed & (written if base is None else written | {base})
    is_seen = instruction.access is not None or each.observed
    leaves = instruction.branch in (Branch.DIRECT, Branch.INDIRECT)
    if instruction.condition != ALWAYS and (produced or is_seen or leaves):
        return None
    steps = _noted(instruction, row) if is_seen else ()
    if produced:
        made = _made(instruction, produced)
        if made is None:
            return None
        steps += made
    _go_back_over(steps, needed)
    return steps


def _go_back_over(steps: Effect, needed: set[int]) -> None:
    """Make `needed`, which is wanted behind `steps`, what is wanted before them."""
    for step in reversed(steps):
        needed.discard(step.to)
        needed.update({step.left, step.right} - {ZERO})
    needed.discard(SCRATCH)


def _noted(instruction: Instruction, row: int) -> Effect:
    access = instruction.access
    if access is not None:
        base = ZERO if access.base is None else access.base
        index = ZERO if access.index is None else access.index
        return (Step(Does.NOTE, ZERO, base, index, access.shift, access.offset, row),)
    assert instruction.division is not None
    dividend, divisor = instruction.division
    return (Step(Does.NOTE_QUOTIENT, ZERO, dividend, divisor, row=row),)


def _made(instruction: Instruction, produced: set[int]) -> Effect | None:
    """How `instruction` comes by the registers in `produced`."""
    access, base = instruction.access, instruction.updated_base
    if access is None:
        return instruction.effect
    steps = []
    if base in produced:
        assert base is not None
        steps.append(Step(Does.ADD, base, base, constant=access.advance))
    for register in produced - {base}:
        loaded = _loaded(instruction, register)
        if loaded is None:
            return None
        steps.append(loaded)
    return tuple(steps)


def _loaded(instruction: Instruction, register: int) -> Step | None:
    access = instruction.access
    assert access is not None
    if instruction.operation == Operation.LOAD and not instruction.name.startswith("ldrex"):
        signed = instruction.name.startswith("ldrs")
        does = Does.LOAD_SIGNED if signed else Does.LOAD
        return Step(does, register, shift=access.width)
    if instruction.operation in (Operation.LOAD_PAIR, Operation.LOAD_MULTIPLE):
        position = instruction.writes.index(register)
        return Step(Does.LOAD, register, shift=WORD, constant=WORD * position)
    return None
