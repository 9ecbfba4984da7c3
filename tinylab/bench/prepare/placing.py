"""The planner of memories: where weights, activations, scratch memory and code of a network go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinylab.boards.board import Board, Bus, Memory
from tinylab.boards.placement import NOWHERE, PARTS, Layout, Placement, choices, find, word_of
from tinylab.build.memory_map import STACK_BYTES
from tinylab.codegen.target import Goal
from tinylab.stream import frames

FIRMWARE_FLASH_BYTES = 32 * 1024
"""Room for the bench's own code, the kernels and libm; the images of the catalogue's
networks need 8 to 16 KiB of it."""

FIRMWARE_RAM_BYTES = frames.MAILBOX_BYTES + 4 * frames.RING_ENTRIES + STACK_BYTES + 1024
"""Mailbox, sample ring, stack, and the bench's variables."""


@dataclass(frozen=True)
class Need:
    """What a network needs, in bytes: weights in flash; the rest in RAM."""

    weights: int
    activations: int
    input: int
    output: int
    scratch: int = 0
    """Of kernels, where it is not a part of the activations."""

    @property
    def flash(self) -> int:
        return self.weights + FIRMWARE_FLASH_BYTES

    @property
    def fixed_ram(self) -> int:
        """What must be in the board's first RAM: all but the activations."""
        return self.input + self.output + FIRMWARE_RAM_BYTES


@dataclass(frozen=True)
class Missing:
    """Bytes that a memory lacks, of `need` in all."""

    memory: Memory
    bytes: int
    need: int


@dataclass(frozen=True)
class Wish:
    """What the planner is asked for."""

    placement: Placement = NOWHERE
    goal: Goal | None = None
    """None: code that was generated elsewhere, whose weights stay in the flash."""
    arenas: tuple[Memory, ...] = ()
    """Memories for the activations, the best first; default: the board's, in its order."""


DEFAULT = Wish()
STAY = "stay in the flash"


@dataclass(frozen=True)
class Placed:
    """Where the parts go, and what does not fit."""

    layout: Layout
    placement: Placement
    """The same in words."""
    missing: tuple[Missing, ...] = ()
    note: str = ""
    """Why a part is not where it would be fastest."""

    @property
    def fits(self) -> bool:
        return not self.missing


def plan(board: Board, need: Need, wish: Wish = DEFAULT) -> Placed:
    """Places the parts that were asked for first, then the others as `wish.goal` says.

    Activations go into the first memory that has the room. For speed, weights are copied to the
    fastest RAM that has the room, unless they fit into the data cache; for `balanced` and `ram`
    they stay in the flash, because a copy takes RAM.
    Raises UnknownName for a memory that the board does not have, or that cannot hold its part.
    """
    rooms = _Rooms(board, need)
    asked = {
        part: find(board, part, word)
        for part in PARTS
        if (word := getattr(wish.placement, part)) is not None
    }
    for part, memory in asked.items():
        rooms.take(memory, _bytes(need, part))
    arenas = _arenas(board, need, wish, asked, rooms)
    if "activations" not in asked:
        rooms.take(arenas[0], need.activations)
    note = ""
    if wish.goal is Goal.SPEED and "weights" not in asked:
        best, note = _fastest(board, need, rooms)
        if best is not None:
            asked["weights"] = best
            rooms.take(best, need.weights)
    layout = Layout(
        activations=arenas,
        weights=_in_ram(board, asked.get("weights")),
        scratch=asked.get("scratch"),
        code=_in_ram(board, asked.get("code")),
    )
    return Placed(layout, _words(board, layout), rooms.missing(), note)


class _Rooms:
    """The bytes that are free in each memory."""

    def __init__(self, board: Board, need: Need) -> None:
        self._taken = dict.fromkeys((*board.ram, *board.other_ram), 0)
        self._taken[board.ram[0]] = need.fixed_ram
        self._taken[board.flash] = need.flash

    def free(self, memory: Memory) -> int:
        return memory.size - self._taken[memory]

    def take(self, memory: Memory, count: int) -> None:
        """Of RAM; the flash has the weights and the code in any case."""
        if memory.bus is not Bus.FLASH:
            self._taken[memory] += count

    def missing(self) -> tuple[Missing, ...]:
        return tuple(
            Missing(memory, taken - memory.size, taken)
            for memory, taken in self._taken.items()
            if taken > memory.size
        )


def _bytes(need: Need, part: str) -> int:
    """Bytes of RAM that a part takes; those of code are not known before it is linked."""
    return 0 if part == "code" else int(getattr(need, part))


def _arenas(
    board: Board, need: Need, wish: Wish, asked: dict[str, Memory], rooms: _Rooms
) -> tuple[Memory, ...]:
    """The memories to try for the activations; the first is the planned one."""
    if "activations" in asked:
        return (asked["activations"],)
    known = wish.arenas or default_arenas(board)
    roomy = [memory for memory in known if rooms.free(memory) >= need.activations]
    # The remaining ones are for a linker that finds more variables than were known.
    first = roomy[0] if roomy else max(known, key=rooms.free)
    return (first, *(memory for memory in known if memory != first))


def default_arenas(board: Board) -> tuple[Memory, ...]:
    """The board's memories for activations that need no preparation, in its order."""
    return tuple(one for one in choices(board, "activations") if one in board.ram)


FASTEST = (Bus.TIGHT, Bus.AXI)
"""RAM from which weights are read faster than from the flash, the fastest first."""


def _fastest(board: Board, need: Need, rooms: _Rooms) -> tuple[Memory | None, str]:
    """The memory from which weights are read fastest, or why they stay in the flash."""
    if need.weights + need.activations <= board.timing.get("dcache_bytes", 0):
        return None, f"weights {STAY}: they fit into the data cache"
    known = [one for one in choices(board, "weights") if one.bus in FASTEST and one in board.ram]
    known.sort(key=lambda memory: FASTEST.index(memory.bus))
    roomy = [memory for memory in known if rooms.free(memory) >= need.weights]
    if roomy:
        return roomy[0], ""
    nearest = max(known, key=rooms.free)
    short = need.weights - rooms.free(nearest)
    return None, f"weights {STAY}: {nearest.name} lacks {short:,} bytes for a copy"


def _in_ram(board: Board, memory: Memory | None) -> Memory | None:
    return None if memory == board.flash else memory


def _words(board: Board, layout: Layout) -> Placement:
    arena = word_of(board, layout.activations[0])
    return Placement(
        weights=word_of(board, layout.weights or board.flash),
        activations=arena,
        scratch=word_of(board, layout.scratch) if layout.scratch else arena,
        code=word_of(board, layout.code or board.flash),
    )


def alternatives(board: Board, need: Need, wish: Wish) -> Sequence[Placement]:
    """Placements with one other memory with which it fits: what was asked for in another one."""
    found = []
    for part in PARTS:
        if getattr(wish.placement, part) is None:
            continue
        for memory in choices(board, part):
            other = replace(wish.placement, **{part: word_of(board, memory)})
            if plan(board, need, replace(wish, placement=other)).fits:
                found.append(other)
    return found
