"""The records that compiled hooks and Python share.

One structured array of one element has all of a model: the common fields (`SHARED`),
then the table of transitions, then its pipeline and memory system. Compiled code reads it as
`state.cycles`. Times in a pipeline are cycles relative to the start of the current block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinylab.boards.board import Bus
from tinylab.sim.cycles.compiled.address_steps import VALUES

Fields = list[tuple[Any, ...]]
if TYPE_CHECKING:
    from tinylab.sim.cycles.compiled.record_types import Block as Block
    from tinylab.sim.cycles.compiled.record_types import Row as Row
    from tinylab.sim.cycles.compiled.record_types import Span as Span
    from tinylab.sim.cycles.compiled.record_types import State as State
    from tinylab.sim.cycles.compiled.record_types import Step as Step
else:
    State = Block = Row = Span = Step = Any
"""A record: of a complete model, of a block, of an instruction, of a span, of a step; Numba infers
its own types."""

MAX_BLOCKS = 1 << 14
MAX_ROWS = 1 << 17
MAX_OPERANDS = 1 << 19
MAX_STEPS = 1 << 19
MAX_SPANS = 1 << 16
MAX_MEMORIES = 32
BLOCK_SLOTS = MAX_BLOCKS * 2
MAX_ACCESSES = 1 << 10
"""In one block: Unicorn ends blocks at its pages of 1 KiB."""
MAX_BLOCK_SPANS = 20
"""In a block with a plan."""
MAX_SERVICES = MAX_ACCESSES * 16

NO_BLOCK = -1
NOWHERE = -1
"""An address that the core never has."""
NO_REGISTER = -1
NO_ALARM = (1 << 63) - 1
"""A cycle that is never reached."""
NOT_EXECUTED = -1
"""Recorded instead of an address if an instruction's condition was false."""

GRANULE_SHIFT = 16
"""Each 64 KiB is on one bus."""
GRANULES = 1 << 32 - GRANULE_SHIFT

STORES, OBSERVED, DIVIDES, SIGNED, ALIGNED, PRELOADS = (1 << bit for bit in range(6))
"""Flags of a row: its access is a store; it is noted when it runs, although it accesses no memory;
it divides its base register by its index register, as signed numbers; its access faults unless it
is aligned; what is noted is the address that it would access (PLD)."""

FORESEEN, UNFORESEEN, TRACED = range(3)
"""How a block's accesses are determined: from its steps; from hooks, which its translation does
not have yet; from hooks."""

TIGHT, FLASH, AXI, AHB, DEVICE = range(5)
"""The bus of an address, `Bus` for compiled code; DEVICE is everything except memory."""

BUSES = {Bus.TIGHT: TIGHT, Bus.FLASH: FLASH, Bus.AXI: AXI, Bus.AHB: AHB}

ROW = np.dtype(
    [
        ("address", "i8"),
        ("length", "u1"),
        ("flags", "u1"),
        ("branch", "u1"),
        # its memory access: words at base + (index << shift) + offset, `width` bytes at a time
        ("words", "u1"),
        ("width", "u1"),
        ("shift", "u1"),
        # the low bits of its address that must be 0
        ("aligned", "u1"),
        ("base", "i2"),
        ("index", "i2"),
        ("offset", "i8"),
        # its cost, as defined by its model
        ("kind", "u1"),
        ("cycles", "u1"),
        ("divider_cycles", "u1"),
        ("sources", "u1"),
        ("results", "u1"),
        ("first_operand", "i4"),
        ("resources", "i8"),
    ],
    align=True,
)
"""One instruction. `sources` operands are read, then `results` are written."""

OPERAND = np.dtype([("register", "u1"), ("cycles", "i1")])
"""A source: when it is required, after the issue. A result: its latency."""

STEP = np.dtype(
    [
        ("does", "u1"),
        ("to", "u1"),
        ("left", "u1"),
        ("right", "u1"),
        ("shift", "u1"),
        ("register", "i2"),
        ("row", "i4"),
        ("constant", "i8"),
    ],
    align=True,
)
"""One step of predicting accesses (`address_steps`); `register` is the emulator's id of `to`."""

SPAN = np.dtype(
    [
        ("value", "u1"),
        ("store", "u1"),
        ("aligned", "u1"),
        ("places", "u1"),
        ("size", "i4"),
        ("first", "i8"),
    ],
    align=True,
)
"""Bytes that a block accesses (`decoding.address_plan`)."""

MEMORY = np.dtype([("base", "i8"), ("end", "i8"), ("host", "i8")])
"""Emulated memory, and its location in this process."""

BLOCK = np.dtype(
    [
        ("address", "i8"),
        ("size", "i8"),
        ("length", "i8"),
        ("first_row", "i4"),
        ("end_row", "i4"),
        ("first_step", "i4"),
        ("end_step", "i4"),
        ("first_note", "i4"),
        ("end_note", "i4"),
        ("last_load", "i4"),
        ("first_span", "i4"),
        ("end_span", "i4"),
        ("planned", "u1"),
        ("cached_at", "i8"),
        ("tracing", "u1"),
        ("bus", "u1"),
        ("unmasks", "u1"),
        ("host_code", "i8"),
        ("checksum", "i8"),
    ],
    align=True,
)
"""Consecutive instructions: `length` bytes, of which the emulator has translated the first `size`
together; it runs the others next. `unmasks`: it may unmask exceptions. `host_code` is the address
of its bytes if they may change, else 0. `planned`: it has a plan (`decoding.address_plan`), whose
steps begin at `end_step`; `last_load` is a step too, or negative. `cached_at`: the last state of
the instruction cache with all of its code, by number."""

SHARED: Fields = [
    ("cycles", "i8"),
    ("instructions", "i8"),
    # the emulator and functions, by address
    ("engine", "i8"),
    ("read_register", "i8"),
    ("decode", "i8"),
    ("ask_for_hooks", "i8"),
    ("between_blocks", "i8"),
    ("misaligned", "i8"),
    # whether an instruction has faulted, and the emulator has not stopped yet
    ("faulting", "i4"),
    # whether devices can only be accessed at multiples of the access size
    ("device_aligned", "i4"),
    # when `between_blocks` is requested: at once, at a time, or when an exception is unmasked
    ("attention", "i8"),
    ("alarm", "i8"),
    ("masked", "i8"),
    ("masks", "i8", (3,)),
    # a block's address, and the function that is called before the block runs
    ("mark", "i8"),
    ("reached", "i8"),
    ("scratch", "i8"),
    ("scratch_address", "i8"),
    # the block that is running; rows before `unaccounted_row` are accounted for
    ("block", "i4"),
    ("decoded_block", "i4"),
    ("unaccounted_row", "i4"),
    ("next_row", "i4"),
    ("end_row", "i4"),
    ("expected_address", "i8"),
    ("redirected", "i4"),
    # where the block ends, and the piece of it that the emulator is in
    ("block_end", "i8"),
    ("piece_end", "i8"),
    # whether its accesses were predicted; whether prediction is disabled
    ("foreseen", "i4"),
    ("trace_all", "i4"),
    # whether they are known only as spans, and where these are; whether plans are not used
    ("planned", "i4"),
    ("no_plans", "i4"),
    ("places", "i4"),
    ("spans_key", "i8"),
    ("flash_spans", "i8"),
    # the address from which SRAM is slower (Cortex-M4), and which spans lie there
    ("farther_sram", "i8"),
    ("farther_spans", "i8"),
    ("span_addresses", "i8", (MAX_BLOCK_SPANS,)),
    ("span_buses", "u1", (MAX_BLOCK_SPANS,)),
    # its memory accesses: which rows, and their first address; and rows that are observed
    ("recorded", "i4"),
    ("recorded_used", "i4"),
    ("access_rows", "i4", (MAX_ACCESSES,)),
    ("addresses", "i8", (MAX_ACCESSES,)),
    # which of them are stores, of a predicted block
    ("stores_noted", "i4"),
    ("noted_stores", "i4", (MAX_ACCESSES,)),
    # how the memory system serves it, in order
    ("fetch_services", "u1", (MAX_ACCESSES,)),
    ("fetch_services_used", "i4"),
    ("fetch_digest", "i8"),
    ("data_services", "u1", (MAX_SERVICES,)),
    ("data_services_used", "i4"),
    # the same for loads from flash only, of a block with a plan
    ("flash_services", "u1", (MAX_SERVICES,)),
    ("flash_services_used", "i4"),
    ("flash_digest", "i8"),
    # settings
    ("wait_states", "i4"),
    ("instruction_cache", "i4"),
    ("data_cache", "i4"),
    ("prefetch", "i4"),
    ("bus_ratio", "i4"),
    ("direct_mapped", "i4"),
    # disabled mechanisms, a bit for each of the model's own `Mechanism`
    ("without", "i8"),
    # whether causes of cycles are kept, and up to where those of the block are known
    ("why", "i4"),
    ("explained", "i4"),
    # decoded code
    ("bus_of", "u1", (GRANULES,)),
    ("block_slots", "i4", (BLOCK_SLOTS,)),
    ("blocks", BLOCK, (MAX_BLOCKS,)),
    ("rows", ROW, (MAX_ROWS,)),
    ("operands", OPERAND, (MAX_OPERANDS,)),
    ("steps", STEP, (MAX_STEPS,)),
    ("spans", SPAN, (MAX_SPANS,)),
    ("values", "i8", (VALUES,)),
    # values that a plan loads: from which addresses, and relative to which values
    ("loads", "i4"),
    ("loaded_addresses", "i8", (VALUES,)),
    ("loaded_from", "u1", (VALUES,)),
    ("memories_used", "i4"),
    ("memories", MEMORY, (MAX_MEMORIES,)),
]
"""The fields that hooks use for every model; a model's record starts with them."""

SHARED_STATE = np.dtype(SHARED, align=True)


def new_state(dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """A zeroed state."""
    return np.zeros(1, dtype)


def offset_of(field: str) -> int:
    """The offset of a shared field in every model's record, in bytes."""
    assert SHARED_STATE.fields is not None
    return int(SHARED_STATE.fields[field][1])
