"""Which other placement would make an inference faster, from where its cycles wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from tinylab.bench.prepare.placing import FASTEST, Need, Wish, plan
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards.board import Board, Bus, Memory
from tinylab.boards.placement import FLASH, Placement, choices, find, word_of
from tinylab.build.image import Image
from tinylab.results.layer_profile import LayerProfile
from tinylab.units import size

DOMINANT = 0.1
"""A wait is worth advice from this share of the inference, if no other wait is larger."""
CODE_REGION = 0x2000_0000
"""Code below this address is fetched over a bus of its own (Armv7-M, system address map)."""


def profiled(
    profile: LayerProfile | None, board: Board, prepared: PreparedNetwork, image: Image
) -> LayerProfile | None:
    """`profile` with where weights and activations are, and what would be faster."""
    if profile is None:
        return None
    linked, need = image.placement, prepared.need
    code = sum(use.code for use in image.memory if use.memory == FLASH)
    said = advice(board, need, prepared.wish, linked, profile, code) if need else ""
    places = linked.weights or "", linked.activations or ""
    return replace(profile, weights_in=places[0], activations_in=places[1], advice=said)


def advice(
    board: Board, need: Need, wish: Wish, linked: Placement, profile: LayerProfile, code: int
) -> str:
    """One sentence with a `--place` that this board takes and that fits; empty if there is none.

    `linked` is where the parts of the measured image are; `code` bytes are all of its code, of
    which at most these would move.
    """
    waits = {cause: count for cause, count in asdict(profile.causes).items() if cause != "issue"}
    cause = max(waits, key=lambda name: waits[name])
    share = waits[cause] / profile.cycles if profile.cycles else 0.0
    if share < DOMINANT or cause not in ("code_memory", "data_memory"):
        return ""
    found = _code(board, code) if cause == "code_memory" else _data(board, need)
    for part, memory in found:
        if not _is_better(board, part, memory, linked):
            continue
        placement = replace(wish.placement, **{part: word_of(board, memory)})
        if _fits(board, need, replace(wish, placement=placement), linked, part):
            count = code if part == "code" else getattr(need, part)
            what = "code" if part == "code" else "data"
            of = f"at most {size(count)}" if part == "code" else size(count)
            return (
                f"{100 * share:.0f} % of the inference waits for {what} from memory: "
                f"{part} of {of} would fit {memory.name}: --place {placement}"
            )
    return ""


def _fits(board: Board, need: Need, wish: Wish, linked: Placement, moved: str) -> bool:
    """Whether all fits, and the parts besides the `moved` one stay where they are."""
    placed = plan(board, need, wish)
    stay = {"weights", "activations", "code"} - {moved}
    same = all(getattr(placed.placement, part) == getattr(linked, part) for part in stay)
    return placed.fits and same


def _data(board: Board, need: Need) -> Iterator[tuple[str, Memory]]:
    """Faster memories for weights, then for activations, unless both fit into the data cache."""
    if need.weights + need.activations <= board.timing.get("dcache_bytes", 0):
        return
    for part in ("weights", "activations"):
        known = [one for one in choices(board, part) if one.bus in FASTEST and one in board.ram]
        yield from ((part, one) for one in sorted(known, key=lambda one: FASTEST.index(one.bus)))


def _code(board: Board, code: int) -> Iterator[tuple[str, Memory]]:
    """Tightly coupled memories for code alone, which have the room for all of it."""
    for memory in choices(board, "code"):
        alone = memory.holds == ("code",) and memory.base < CODE_REGION
        if memory.bus is Bus.TIGHT and alone and code <= memory.size:
            yield "code", memory


def _is_better(board: Board, part: str, memory: Memory, linked: Placement) -> bool:
    """Whether the part is in a memory that is slower to read."""
    word = getattr(linked, part)
    if word is None:
        return False
    if word == FLASH:
        return True
    now = find(board, part, word)
    return now.bus not in FASTEST or FASTEST.index(memory.bus) < FASTEST.index(now.bus)
