"""Following calls while the core runs: at each, the time is that at a breakpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.assembled_core import ENTRY, AssembledCore
from tests.virtual.core.test_core_repeatability import CORES
from tinylab.boards.board import Core

CALLS = """
 mov r4, #3
again: bl function
 subs r4, #1
 bne again
 bkpt
 .balign 16
function: cmp r4, #2
 bne simple
 push {lr}
 mov r4, #1
 bl function
 pop {lr}
simple: add r0, r0, r0
 bx lr
"""
FUNCTION, BEHIND = ENTRY + 16, ENTRY + 8
LR, PC = 14, 15


def times_at_breakpoints(name: Core) -> list[int]:
    made, times = AssembledCore(name, CALLS), []
    awaited = FUNCTION
    while True:
        made.core.set_breakpoints([awaited])
        made.core.run()
        if made.core.read_register(PC) != awaited:
            return times
        times.append(made.core.cycles)
        awaited = FUNCTION if awaited == BEHIND else BEHIND


def times_followed(name: Core) -> list[int]:
    made, times = AssembledCore(name, CALLS), []

    def calls() -> Iterator[int]:
        while True:
            yield FUNCTION
            times.append(made.core.cycles)
            assert made.core.read_register(LR) == BEHIND | 1
            yield BEHIND
            times.append(made.core.cycles)

    made.core.follow(calls())
    made.core.run()
    return times


@pytest.mark.parametrize("name", CORES)
def test_times_are_those_at_breakpoints(name: Core) -> None:
    assert times_followed(name) == times_at_breakpoints(name) != []


@pytest.mark.parametrize("name", CORES)
def test_following_changes_no_count_and_ends_with_the_addresses(name: Core) -> None:
    followed, plain = AssembledCore(name, CALLS), AssembledCore(name, CALLS)
    reached: list[int] = []

    def addresses() -> Iterator[int]:
        for number in range(3):
            yield FUNCTION
            reached.append(number)

    followed.core.follow(addresses())
    followed.core.run()
    plain.core.run()
    assert followed.core.cycles == plain.core.cycles
    assert reached == [0, 1, 2]
