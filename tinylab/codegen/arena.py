"""Allocates activations: one arena for all tensors between the caller's inputs and outputs.

Two tensors that are live at the same time do not overlap, with one exception: a step's output
may overlap the part of its input that is not read again. The permitted overlap follows from
the order in which the kernel reads and writes (`Order.lead`). A kernel's scratch memory is a
tensor of its step alone. States, which are kept between inferences, share no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tinylab.codegen.layers.kernel import ALIGNMENT
from tinylab.codegen.lower import Program


@dataclass(frozen=True)
class Plan:
    """Offsets of tensors, in bytes from the arena's start, and the arena's size."""

    offsets: Mapping[str, int]
    scratch: Mapping[int, int]
    """Offsets of scratch memory, by the step's number from 0."""
    bytes: int
    states: Mapping[str, int] = field(default_factory=dict)
    """Offsets of the states, which follow all others."""
    scratch_bytes: int = 0
    """Size of the scratch memory if it is apart, as all steps use the same; 0 if it is in the
    arena."""


Key = str | int
"""The name of a tensor, or the number of the step whose scratch memory it is."""


@dataclass(frozen=True)
class _Tensor:
    name: Key
    size: int
    first: int
    """The step that writes it."""
    last: int
    """The last step that reads it."""


Leads = Mapping[tuple[Key, Key], int]
"""By (input, output): the largest start of the output relative to the input's, in bytes."""
Placed = tuple[Mapping[Key, int], int]
"""Offsets, and the size of the arena."""


def plan(program: Program, *, scratch_apart: bool = False) -> Plan:
    """An arena for `program`: the smallest of several greedy placements in different orders.

    With `scratch_apart`, scratch memory is not in it.
    """
    tensors = _tensors(program)
    scratch = {name: tensors[name].size for name in tensors if isinstance(name, int)}
    if scratch_apart:
        tensors = {name: one for name, one in tensors.items() if isinstance(name, str)}
    leads = _leads(program, tensors)
    plans = [_placed(sorted(tensors.values(), key=order), leads) for order in _ORDERS]
    offsets, size = min(plans, key=lambda found: found[1])
    states: dict[str, int] = {}
    for name, initial in program.states.items():
        states[name] = size
        size += _aligned(len(initial))
    placed = {step: at for step, at in offsets.items() if isinstance(step, int)}
    return Plan(
        {name: at for name, at in offsets.items() if isinstance(name, str)},
        dict.fromkeys(scratch, 0) if scratch_apart else placed,
        size,
        states,
        max(scratch.values(), default=0) if scratch_apart else 0,
    )


def _tensors(program: Program) -> Mapping[Key, _Tensor]:
    """What is in the arena: tensors by name, scratch memory by its step's number."""
    written: dict[str, int] = {}
    read: dict[str, int] = {}
    for number, step in enumerate(program.steps):
        written.setdefault(step.output, number)
        read.update(dict.fromkeys(step.inputs, number))
    tensors: dict[Key, _Tensor] = {
        name: _Tensor(name, _aligned(size), written[name], read.get(name, written[name]))
        for name, size in program.sizes.items()
        if name not in program.outputs and name not in program.states
    }
    for number, step in enumerate(program.steps):
        if size := step.kernel.scratch():
            tensors[number] = _Tensor(number, _aligned(size), number, number)
    return tensors


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _leads(program: Program, tensors: Mapping[Key, _Tensor]) -> Leads:
    """The leads of all steps whose input is not used afterwards and whose order is known."""
    leads: dict[tuple[Key, Key], int] = {}
    for number, step in enumerate(program.steps):
        lead = step.lead if step.output in tensors else None
        if lead is None:
            continue
        for name in set(step.inputs) & tensors.keys():
            # The order is that of the first input; a broadcast second one is smaller.
            whole = tensors[name].size == _aligned(step.operands[0].bytes)
            if tensors[name].last == number and whole:
                leads[name, step.output] = lead
    return leads


_ORDERS: tuple[Callable[[_Tensor], tuple[int, ...]], ...] = (
    lambda tensor: (-tensor.size, tensor.first),
    lambda tensor: (tensor.first,),
    lambda tensor: (-tensor.first,),
    lambda tensor: (tensor.first - tensor.last, -tensor.size),
    lambda tensor: (-tensor.size * (1 + tensor.last - tensor.first), tensor.first),
)


def _placed(tensors: list[_Tensor], leads: Leads) -> Placed:
    """Places each tensor, in the order given, where the arena grows least; at the lowest if equal.

    Intermediate offsets may be negative; the lowest becomes 0.
    """
    offsets: dict[Key, int] = {}
    low = high = 0
    for number, tensor in enumerate(tensors):
        live = [other for other in tensors[:number] if _live_together(tensor, other)]
        safe = [
            offset
            for offset in _candidates(tensor, live, offsets, leads)
            if all(_compatible(tensor, offset, other, offsets[other.name], leads) for other in live)
        ]
        grown = [(max(high, at + tensor.size) - min(low, at), at) for at in safe]
        offset = min(grown)[1]
        offsets[tensor.name] = offset
        low, high = min(low, offset), max(high, offset + tensor.size)
    return {name: offset - low for name, offset in offsets.items()}, high - low


def _live_together(a: _Tensor, b: _Tensor) -> bool:
    return a.first <= b.last and b.first <= a.last


def _candidates(
    tensor: _Tensor, live: list[_Tensor], offsets: Mapping[Key, int], leads: Leads
) -> Iterator[int]:
    """Offsets to try: adjacent to a live tensor, or overlapping it as far as permitted."""
    yield 0
    for other in live:
        start = offsets[other.name]
        yield start + other.size
        yield start - tensor.size
        if (other.name, tensor.name) in leads:
            yield start + leads[other.name, tensor.name]
        if (tensor.name, other.name) in leads:
            yield start - leads[tensor.name, other.name]


def _compatible(a: _Tensor, a_start: int, b: _Tensor, b_start: int, leads: Leads) -> bool:
    """Whether neither tensor overwrites live elements of the other."""
    if a_start + a.size <= b_start or b_start + b.size <= a_start:
        return True
    if (a.name, b.name) in leads:
        return b_start - a_start <= leads[a.name, b.name]
    if (b.name, a.name) in leads:
        return a_start - b_start <= leads[b.name, a.name]
    return False
