"""What a firmware was doing, in a sentence, from a few looks at it."""

from __future__ import annotations

from tinylab.bench.station.core_watch import Sample, where

LOOP = Sample("", "loop", "loop at main.c:7")
TICK = Sample("SysTick", "sys_tick", "sys_tick at main.c:3")


def test_one_place_is_named_alone() -> None:
    assert where([LOOP] * 20) == "The core was in loop at main.c:7 (always when sampled)."


def test_the_most_frequent_function_is_named_with_its_most_frequent_line() -> None:
    other = Sample("", "other", "other at main.c:1")
    line = Sample("", "loop", "loop at main.c:8")
    sentence = where([other] * 8 + [LOOP] * 7 + [line] * 5)
    assert sentence == "The core was in loop at main.c:7 (12 of 20 times when sampled)."


def test_a_frequent_tick_does_not_hide_the_loop_that_it_interrupts() -> None:
    assert where([TICK] * 12 + [LOOP] * 8) == (
        "The core was in loop at main.c:7 (8 of 20 times when sampled), "
        "and in sys_tick at main.c:3, handling SysTick (12 of 20 times)."
    )


def test_what_is_stuck_in_a_handler_is_said_to_be_there() -> None:
    assert where([TICK] * 20) == (
        "The core was in sys_tick at main.c:3, handling SysTick (always when sampled)."
    )
