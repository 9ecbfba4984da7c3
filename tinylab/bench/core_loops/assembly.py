"""Assembly functions that count the cycles of a loop; what they count is put together here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tinylab.bench.core_loops.loops import Loop

MEMORY_BYTES = 4096
"""Of each memory that loops use."""
MIDDLE = 2048
"""Where the registers point in it: loops go up and down."""


@dataclass(frozen=True)
class Addresses:
    """What the functions use, as expressions of the assembler."""

    counter: str
    """Of the cycle counter."""
    memory: str
    """Of 4 KiB that nothing else uses; at a multiple of 32, like the other."""
    second: str | None = None
    """Of as many in the second RAM."""


@dataclass(frozen=True)
class Timed:
    """A function: so many copies, or passes, of a body."""

    setup: str
    body: str
    passes: bool
    amount: int


@dataclass(frozen=True)
class LoopFunctions:
    """The functions of one loop: (few, many) of its body, and of what is subtracted."""

    loop: Loop
    body: tuple[Timed, Timed]
    minus: tuple[Timed, Timed] | None

    @property
    def all(self) -> tuple[Timed, ...]:
        return self.body + (self.minus or ())

    def cycles(self, counted: Mapping[Timed, float]) -> float:
        """Cycles of a repetition, from those of the functions."""
        each = self._each(self.body, counted)
        return each - (self._each(self.minus, counted) if self.minus else 0.0)

    def _each(self, pair: tuple[Timed, Timed], counted: Mapping[Timed, float]) -> float:
        few, many = pair
        return (counted[many] - counted[few]) / (many.amount - few.amount)


def functions_of(loop: Loop) -> LoopFunctions:
    """What must be timed for a loop."""

    def pair(body: str) -> tuple[Timed, Timed]:
        few = Timed(loop.setup, body, loop.passes, loop.repeats)
        return few, Timed(loop.setup, body, loop.passes, 2 * loop.repeats)

    body, minus = loop.body.strip(), loop.minus.strip()
    if loop.between:
        body, minus = f"{body}\n{loop.between}", f"{minus}\n{loop.between}"
    return LoopFunctions(loop, pair(body), pair(minus) if minus else None)


def distinct(loops: Iterable[LoopFunctions]) -> tuple[Timed, ...]:
    """The functions of all, each once, in the order of the loops."""
    return tuple(dict.fromkeys(one for loop in loops for one in loop.all))


def text(functions: Sequence[Timed], at: Addresses) -> str:
    """One function for each, called `tl_bench_loop_0` and so on: it returns in R0 the cycles from
    one read of the counter to another, with the body between two ISB.
    """
    return "\n".join(_function(number, one, at) for number, one in enumerate(functions))


def _function(number: int, one: Timed, at: Addresses) -> str:
    lines = [
        "    .balign 32",
        f"    .type tl_bench_loop_{number}, %function",
        "    .thumb_func",
        f"tl_bench_loop_{number}:",
        "    push {r4-r11, lr}",
        "    vpush {s16-s31}",
        *(f"    vmov.f32 s{register}, #1.0" for register in range(32)),
        *_address("r10", at.counter),
        *_address("r0", f"{at.memory} + {MIDDLE}"),
        *(_address("r12", f"{at.second} + {MIDDLE}") if at.second else ()),
        "    mov r7, r0",
        "    add r8, r0, #64",
        *(f"    mov.w r{register}, #0" for register in (1, 2, 3, 4, 5, 6, 9)),
        *_lines(one.setup),
        *([f"    movw r1, #{one.amount}"] if one.passes else ()),
        "    dsb",
        "    .balignw 32, 0xbf00",
        "    ldr.w r11, [r10]",
        "    isb",  # the body begins in a cycle of its own
        *_repeated(one),
        "    isb",
        "    ldr.w lr, [r10]",
        "    sub.w r0, lr, r11",
        "    vpop {s16-s31}",
        "    pop {r4-r11, pc}",
    ]
    return "\n".join(lines) + "\n"


def _address(register: str, expression: str) -> tuple[str, str]:
    return (
        f"    movw {register}, #:lower16:({expression})",
        f"    movt {register}, #:upper16:({expression})",
    )


def _repeated(one: Timed) -> list[str]:
    if one.passes:
        return ["1:", *_lines(one.body)]
    return [f"    .rept {one.amount}", *_lines(one.body), "    .endr"]


def _lines(text: str) -> list[str]:
    return [f"    {line.strip()}" for line in text.replace(";", "\n").splitlines() if line.strip()]
