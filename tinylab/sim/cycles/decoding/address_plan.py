"""Simplifies the steps of a block whose addresses are sums of values that are known before it runs.

Most blocks access memory at a few registers plus constants. Of such a block, it is enough to know
these registers, and which bytes around each are accessed: its spans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from tinylab.sim.cycles.compiled.address_steps import (
    FIRST_KEPT,
    VALUES,
    WORD_MASK,
    ZERO,
    Does,
    Effect,
    Step,
)
from tinylab.sim.cycles.compiled.record_layout import MAX_BLOCK_SPANS
from tinylab.sim.cycles.decoding.instruction import Access, Instruction

GAP = 32
"""Accesses with gaps below it touch all cache lines between the first and the last."""
WORD = BANK = 4
_LOADED = (Does.LOAD, Does.LOAD_SIGNED, Does.TAKE)
HALF_RANGE = 1 << 31


class Span(NamedTuple):
    """`size` bytes at `value` + `first` that loads or stores access; `value` is a number of a
    register (`address_steps`), whose bits in `aligned` must be 0. `places` are the bits of the
    address on which time may depend if the bytes are in a cache: the bank, and the byte in a word
    unless all accesses are of single bytes."""

    value: int
    store: bool
    aligned: int
    places: int
    size: int
    first: int


class Plan(NamedTuple):
    """Steps that compute values, steps that each note an access at one value and a constant, with
    the number of its span as `shift`, and the spans; `last_load` is the position in `notes` of the
    last load, or negative."""

    computing: Effect
    notes: Effect
    spans: tuple[Span, ...]
    last_load: int


def plan_of(steps: Effect, block: Sequence[Instruction]) -> Plan | None:
    """The plan of a block; None if it has other steps than sums need, or too many spans."""
    made = _Plan(block).add(steps)
    if made is None:
        return None
    computing, notes = made
    accesses = [block[note.row].access for note in notes]
    known = [access for access in accesses if access is not None]
    if len(known) < len(notes):
        return None
    spans = _spans(notes, known)
    if spans is None or len(spans) > MAX_BLOCK_SPANS:
        return None
    loads = (number for number, access in enumerate(known) if not access.store)
    numbered = tuple(
        note._replace(shift=_span_of(note, access.store, spans))
        for note, access in zip(notes, known, strict=True)
    )
    return Plan(computing, numbered, spans, max(loads, default=-1))


class _Sum(NamedTuple):
    value: int
    constant: int = 0


class _Plan:
    """Executes steps with sums in place of numbers. Each value is computed only once."""

    def __init__(self, block: Sequence[Instruction]) -> None:
        self._block = block
        self._notes: list[Step] = []
        self._sums = {ZERO: _Sum(ZERO)}
        self._computed: dict[Step, int] = {}
        self._numbers = count(FIRST_KEPT)

    def add(self, steps: Effect) -> tuple[Effect, Effect] | None:
        for step in steps:
            if step.does is Does.READ:
                self._sums[step.to] = _Sum(step.to)
                self._computed[step] = step.to
            elif step.does is Does.NOTE:
                made = self._result(step._replace(does=Does.ADD))
                note = Step(Does.NOTE, ZERO, made.value, constant=made.constant, row=step.row)
                self._notes.append(note)
            elif step.does <= Does.COMPARE_SUM:
                self._sums[step.to] = self._result(step)
            elif step.does not in _LOADED or not self._load(step):
                return None
        if max(self._computed.values(), default=0) >= VALUES:
            return None
        computing = tuple(step._replace(to=to) for step, to in self._computed.items())
        return computing, tuple(self._notes)

    def _load(self, step: Step) -> bool:
        """Add a value that the last noted access loads. Stores at other values are compared with
        it when the block runs; False if one at the same value has changed it."""
        note = self._notes[-1]
        size = WORD if step.does is Does.TAKE else step.shift
        first = _signed(note.constant + step.constant)
        known_until = step.row if step.does is Does.TAKE else -1
        for before in self._notes[:-1]:
            access = self._block[before.row].access
            if access is None or not access.store or before.left != note.left:
                continue
            end = before.constant + _size(access)
            if before.row > known_until and before.constant < first + size and first < end:
                return False
        made = Step(step.does, ZERO, note.left, shift=size, constant=first)
        loaded = self._compute(made._replace(right=len(self._notes)))
        self._sums[step.to] = self._sums[step.left] if step.does is Does.TAKE else _Sum(loaded)
        return True

    def _result(self, step: Step) -> _Sum:
        left, right = self._sums[step.left], self._sums[step.right]
        if step.does not in (Does.ADD, Does.SUBTRACT):
            left, right = _Sum(self._whole(left)), _Sum(self._whole(right))
            return _Sum(self._compute(step._replace(left=left.value, right=right.value)))
        sign = 1 if step.does is Does.ADD else -1
        constant = left.constant + sign * (right.constant << step.shift) + step.constant
        if right.value == ZERO:
            return _Sum(left.value, _signed(constant))
        if left.value == ZERO and sign == 1 and step.shift == 0:
            return _Sum(right.value, _signed(constant))
        plain = step._replace(left=left.value, right=right.value, constant=0)
        return _Sum(self._compute(plain), _signed(constant))

    def _whole(self, total: _Sum) -> int:
        """The number of a value that includes the constant."""
        if total.constant == 0:
            return total.value
        return self._compute(Step(Does.ADD, ZERO, total.value, constant=total.constant))

    def _compute(self, step: Step) -> int:
        step = step._replace(to=ZERO, row=0)
        if step not in self._computed:
            self._computed[step] = next(self._numbers)
        return self._computed[step]


def _size(access: Access) -> int:
    return access.width if access.words == 1 else WORD * access.words


def _signed(constant: int) -> int:
    return ((constant + HALF_RANGE) & WORD_MASK) - HALF_RANGE


def _spans(notes: Effect, accesses: Sequence[Access]) -> tuple[Span, ...] | None:
    """None if an access that must be aligned is not at a multiple of a word from its value."""
    spans: Mapping[tuple[int, bool], list[Span]] = defaultdict(list)
    for note, access in sorted(
        zip(notes, accesses, strict=True), key=lambda pair: pair[0].constant
    ):
        aligned = access.width - 1 if access.aligned else 0
        if note.constant & aligned:
            return None
        size = _size(access)
        group = spans[note.left, access.store]
        places = BANK if access.width == 1 else BANK | WORD - 1
        span = Span(note.left, access.store, aligned, places, size, note.constant)
        if group and note.constant - group[-1].first - group[-1].size < GAP:
            span = _joined(group.pop(), span)
        group.append(span)
    return tuple(span for group in spans.values() for span in group)


def _span_of(note: Step, store: bool, spans: Sequence[Span]) -> int:
    return next(
        number
        for number, span in enumerate(spans)
        if (span.value, span.store) == (note.left, store)
        and span.first <= note.constant < span.first + span.size
    )


def _joined(left: Span, right: Span) -> Span:
    end = max(left.first + left.size, right.first + right.size)
    aligned, places = left.aligned | right.aligned, left.places | right.places
    return left._replace(size=end - left.first, aligned=aligned, places=places)
