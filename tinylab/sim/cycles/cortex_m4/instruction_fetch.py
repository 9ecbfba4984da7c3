"""Instruction prefetch of a Cortex-M4.

Words are evaluated lazily, when an instruction requires them, with the times at which the unit had
fetched them; words discarded by a taken branch, and the target of a branch that is not taken,
when the branch executes. A word is available in the cycle in which its instruction can execute:
its address was on the bus three cycles earlier.

Sources: Cortex-M3 technical reference manual (ARM DDI 0337G), 1.4 "Prefetch unit", 1.5 "Branch
target forwarding", 14.5 "System interface" and 15.3 "Branch status interface", which describe the
unit that the two cores share in more detail than the Cortex-M4's own; and, where marked
"measured", the timings that CMEmu publishes of a Cortex-M3 and a Cortex-M4 on silicon
(github.com/mimuw-distributed-systems-group/cmemu).
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import FLASH, Fields, Row, State
from tinylab.sim.cycles.cortex_m4.costs import LATE_REFILL
from tinylab.sim.cycles.mechanisms import causes, prefetch_unit
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.flash_words import HIT, INVALID
from tinylab.sim.cycles.mechanisms.prefetch_unit import LONG_AGO, flash_word_ready
from tinylab.sim.cycles.mechanisms.switches import CortexM4

FETCHED_IN_VAIN = int(CortexM4.FETCHED_IN_VAIN)
FETCH_ROOM = int(CortexM4.FETCH_ROOM)
FETCH = int(Cause.FETCH)
CODE_MEMORY = int(Cause.CODE_MEMORY)
BUS = int(Cause.BUS)
BRANCH = int(Cause.BRANCH)
WRONG_PATH = int(Cause.WRONG_PATH)

WORDS_BEHIND = 2
"""Words fetched after that of the instruction in decode: the unit holds three (1.4)."""
ROOMS = 4
"""More than the words that may be requested before an instruction requires them."""
ADDRESS_TO_EXECUTE = 3
"""Cycles from a fetch's address on the bus to the execution of the fetched instruction."""
SYSTEM_FETCH_STALL = 1
"""Fetches over the system bus, as from SRAM, are registered: never two consecutive (14.5)."""
SLOTS = 15

RAN_ON, SPECULATED = 1, 2
"""The flash word that a block has fetched beyond its end: the one after it, or that of the target
of a branch that was not taken."""
BEYOND_AT, IN_VAIN_AT = 5, 8
PACKED = 9 + ROOMS

FIELDS: Fields = [
    *prefetch_unit.FIELDS,
    ("allowed", "i4"),
    ("room_at", "i4", (ROOMS,)),
    ("last_start", "i4"),
    ("stolen_from", "i4"),
    ("stolen_until", "i4"),
    ("beyond", "i4"),
    ("behind_service", "i4"),
    ("target_service", "i4"),
    ("in_vain", "i4"),
    ("slots_at", "i4"),
    ("slots", "i4"),
]
"""The buffer has room for words up to `allowed`, for each since `room_at`. `last_start` is when
the previous instruction started, or would have started if memory had let it end as late as it
did. `in_vain` is by how much a discarded fetch delays a branch's target (while causes are kept).
Between `stolen_from` and `stolen_until` the bus fetches for a branch that was not taken.
`slots` has a bit for each cycle up to `slots_at` in which data use the system bus."""


@njit
def make_room(state: State, row: Row, start: int) -> None:
    """The instruction of `row` executes at `start`, the next one is decoded.

    That makes room, which the unit predicts a cycle ahead, except while an instruction itself takes
    more than one cycle. The exception is inferred: with it, of the wide instructions across word
    boundaries after a load, only the third is a cycle late, as was measured ("Cortex-M4
    instruction compendium", compendium.i-0.nl, "Alignment rules").
    """
    at = start + ADDRESS_TO_EXECUTE
    if min(start, state.now) == state.last_start + 1:
        at -= 1
    state.last_start = start
    last = ((row.address + row.length) >> 2) + WORDS_BEHIND
    while state.allowed < last:
        state.allowed += 1
        state.room_at[state.allowed & (ROOMS - 1)] = at


@njit
def take_slot(state: State, at: int) -> None:
    """A data address is on the system bus at `at`."""
    if at > state.slots_at:
        later = min(at - state.slots_at, SLOTS)
        state.slots = (state.slots << later | 1) & ((1 << SLOTS) - 1)
        state.slots_at = at
    elif state.slots_at - at < SLOTS:
        state.slots |= 1 << (state.slots_at - at)


@njit
def over_system_bus(state: State, ready: int) -> int:
    """When a word is available that would be available at `ready` over the other bus.

    Data have priority, but not twice; a store takes two cycles if no store follows (measured).
    """
    ready += SYSTEM_FETCH_STALL
    before = state.slots_at - (ready - ADDRESS_TO_EXECUTE)
    if 0 <= before < SLOTS and (state.slots >> before) & 1:
        ready += 1
    return ready


@njit
def in_turn(state: State, word: int) -> int:
    """When `word`, the next sequential word, is available with zero-wait memory and a free bus."""
    ready = max(state.word_ready + 1, state.now + LONG_AGO + 1)
    if word <= state.allowed and not state.without & FETCH_ROOM:
        ready = max(ready, state.room_at[word & (ROOMS - 1)])
    return ready


@njit
def unless_stolen(state: State, ready: int) -> int:
    """The same, unless the bus fetches for a branch that was not taken."""
    if state.stolen_from <= ready <= state.stolen_until:
        return state.stolen_until + 1
    return ready


@njit
def fetch_until(state: State, last_word: int) -> None:
    """Fetch 32-bit words up to `last_word`."""
    while state.word < last_word:
        state.word += 1
        ready = in_turn(state, state.word)
        causes.wait(state, FETCH, ready)
        ready = unless_stolen(state, ready)
        causes.wait(state, WRONG_PATH, ready)
        if state.code_bus == FLASH:
            flash_word = state.word << 2 >> state.flash_word_shift
            if flash_word != state.flash_word:
                state.flash_word = flash_word
                service = state.fetch_services[state.fetch_services_used]
                state.fetch_services_used += 1
                ready = flash_word_ready(state, service, ready)
                causes.wait(state, CODE_MEMORY, ready)
        else:
            causes.wait(state, FETCH, ready + SYSTEM_FETCH_STALL)
            ready = over_system_bus(state, ready)
            causes.wait(state, BUS, ready)
        state.word_ready = ready


@njit
def run_on(state: State, until: int) -> None:
    """Fetch the words after a taken branch that arrive before `until`, the request of its target.

    A fetch that has started must complete (AHB cannot cancel it).
    """
    while state.word < state.allowed:
        ready = unless_stolen(state, in_turn(state, state.word + 1))
        if ready >= until:
            break
        state.word += 1
        if state.code_bus != FLASH:
            ready = over_system_bus(state, ready)
        elif state.word << 2 >> state.flash_word_shift != state.flash_word:
            state.flash_word = state.word << 2 >> state.flash_word_shift
            ready = flash_word_ready(state, state.behind_service, ready)
            state.beyond = RAN_ON
        state.word_ready = ready


@njit
def speculate(state: State, cycles: int) -> None:
    """Fetch the target of a conditional branch that is then not taken."""
    if state.without & FETCHED_IN_VAIN:
        return
    state.stolen_from = max(state.now + cycles, state.word_ready + 1)
    if state.code_bus == FLASH:
        state.stolen_until = flash_word_ready(state, state.target_service, state.stolen_from)
        if state.target_service != HIT:
            state.beyond = SPECULATED
    else:
        state.stolen_until = over_system_bus(state, state.stolen_from)


@njit
def redirect(state: State, cycles: int) -> None:
    """Fetch from a branch's target: its word is available `cycles` from now.

    A branch that loads its target stops fetching while it does (15.3).
    """
    if not state.without & FETCHED_IN_VAIN:
        run_on(state, state.last_start + 1 + min(cycles, LATE_REFILL))
    ready = state.now + cycles - 1
    if state.why != 0:
        state.in_vain = max(state.word_ready - ready, 0)
    state.word_ready = max(ready, state.word_ready)
    state.last_start = state.now + LONG_AGO
    for i in range(ROOMS):
        state.room_at[i] = state.now + LONG_AGO


@njit
def begin(state: State, first: Row) -> None:
    """The next instruction is `first`, sequentially or at a branch's target."""
    state.fetch_services_used = 0
    state.flash_word = INVALID
    state.allowed = (first.address >> 2) + WORDS_BEHIND
    if state.redirected != 0:
        arrives = state.word_ready + 1
        causes.wait(state, BRANCH, arrives - state.pipelines[state.pipeline, IN_VAIN_AT])
        causes.wait(state, WRONG_PATH, arrives)
        state.word = (first.address >> 2) - 1
    else:
        state.word = (first.address - 1) >> 2
        if state.code_latched != 0:
            state.flash_word = (first.address - 1) >> state.flash_word_shift
    for i in range(ROOMS):
        state.room_at[(state.word + 1 + i) & (ROOMS - 1)] = state.pipelines[
            state.pipeline, PACKED - ROOMS + i
        ]


@njit
def pack(state: State) -> None:
    """Pack the unit into the first words of `packed`."""
    words = state.packed
    now = state.now
    words[0] = max(state.word_ready - now, LONG_AGO)
    words[1] = max(state.flash_busy - now, LONG_AGO)
    words[2] = max(state.prefetch_ready - now, LONG_AGO)
    words[3] = words[4] = LONG_AGO
    if state.stolen_until >= now:
        words[3] = max(state.stolen_from - now, LONG_AGO)
        words[4] = state.stolen_until - now
    words[BEYOND_AT] = state.beyond
    words[6] = 0
    if state.code_bus != FLASH and now - state.slots_at < SLOTS:
        words[6] = (state.slots << (now - state.slots_at)) & ((1 << SLOTS) - 1)
    words[7] = max(state.last_start - now, -2)
    words[IN_VAIN_AT] = state.in_vain
    for i in range(ROOMS):
        room = state.room_at[(state.word + 1 + i) & (ROOMS - 1)]
        words[PACKED - ROOMS + i] = LONG_AGO
        if state.word + 1 + i <= state.allowed:
            words[PACKED - ROOMS + i] = max(room - now, LONG_AGO)


@njit
def unpack(state: State) -> None:
    """Unpack the unit, at time 0; `begin` sets the words for which there is room."""
    words = state.pipelines[state.pipeline]
    state.now = 0
    state.word_ready = words[0]
    state.flash_busy = words[1]
    state.prefetch_ready = words[2]
    state.stolen_from = words[3]
    state.stolen_until = words[4]
    state.beyond = 0
    state.slots_at = 0
    state.slots = words[6]
    state.last_start = words[7]
    state.in_vain = 0


def empty(cycles: int) -> list[int]:
    """The unit at power-up, packed."""
    return [cycles - 1, 0, 0, LONG_AGO, LONG_AGO, 0, 0, -2, 0] + [LONG_AGO] * ROOMS
