"""Cycle counts are the same however a core is run: they are part of the result."""

from __future__ import annotations

import random
import threading

import pytest

from tests.fakes.assembled_core import ENTRY, AssembledCore, timing
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming, StopReason

CORES = [Core.CORTEX_M4, Core.CORTEX_M7, Core.CORTEX_M33]
SETTINGS = MemoryTiming(3, instruction_cache=True, data_cache=True, prefetch=True, bus_ratio=2)

# Loops in loops with calls, data from flash and RAM, floats, an IT block and device accesses.
PROGRAM = """
    mov.w r10, #0x40000000
    mov.w r8, #0x20000000
    movw r7, #{passes}
outer:
    adr.w r0, data
    movs r1, #40
inner:
    vldr s0, [r0]
    vldr s1, [r8, #64]
    vfma.f32 s2, s0, s1
    ldr r2, [r0], #12
    add r3, r3, r2, lsl #1
    tst r3, #1
    ite eq
    ldreq r4, [r8, #4]
    strne r3, [r8, #8]
    bl leaf
    subs r1, #1
    bne inner
    ldr r11, [r10]
    subs r7, #1
    bne outer
    bkpt 0
leaf:
    push {{r4-r6, lr}}
    mul r5, r3, r1
    eor r3, r3, r5, ror #7
    cmp r3, #0
    blt 1f
    sdiv r6, r3, r1
    add r3, r6
1:  ldrb r5, [r8, r1]
    vcvt.f32.s32 s4, s4
    pop {{r4-r6, pc}}
    .balign 32
data:
    .set value, 12345
    .rept 200
    .set value, (value * 1103515245 + 12345) & 0x7fffffff
    .word value
    .endr
"""


def program(name: Core, passes: int = 5) -> AssembledCore:
    return AssembledCore(name, PROGRAM.format(passes=passes), SETTINGS)


@pytest.mark.parametrize("name", CORES)
def test_two_cores_count_alike(name: Core) -> None:
    assert program(name).finish().marks == program(name).finish().marks


@pytest.mark.parametrize("name", CORES)
def test_after_a_reset_the_same_is_counted_again(name: Core) -> None:
    made = program(name).finish()
    first, started = list(made.marks), made.core.cycles
    for _ in range(3):
        before = made.core.cycles
        made.reset()
        made.ram.buffer[:] = bytes(len(made.ram.buffer))
        made.finish()
        assert [mark - before for mark in made.marks] == first
        assert made.core.cycles - before == started


def test_a_later_pass_is_faster_because_caches_and_predictors_are_warm() -> None:
    marks = program(Core.CORTEX_M7).finish().marks
    assert marks[0] > marks[2] - marks[1]


@pytest.mark.parametrize("name", CORES)
def test_remembered_blocks_count_as_those_worked_out(name: Core) -> None:
    remembering, working_out = program(name), program(name)
    working_out.core._accounting.remember_transitions(False)
    assert remembering.finish().marks == working_out.finish().marks
    assert remembering.core.cycles == working_out.core.cycles


@pytest.mark.parametrize("name", CORES)
def test_stepping_counts_as_running(name: Core) -> None:
    stepped = program(name, passes=1)
    while stepped.core.step() is StopReason.REQUESTED:
        pass
    assert stepped.marks == program(name, passes=1).finish().marks


@pytest.mark.parametrize("name", CORES)
def test_breaking_anywhere_does_not_change_counts(name: Core) -> None:
    straight = program(name, passes=2).finish()
    broken = program(name, passes=2)
    chosen = random.Random(7)
    places = range(ENTRY, ENTRY + 96, 2)
    while True:
        broken.core.set_breakpoints(chosen.sample(places, 3))
        reason = broken.run()
        assert reason is StopReason.BREAKPOINT
        if broken.core.read_register(15) == straight.core.read_register(15):
            break
        broken.core.set_breakpoints([])
        broken.core.step()
    assert broken.marks == straight.marks
    assert broken.core.cycles == straight.core.cycles


@pytest.mark.parametrize("name", CORES)
def test_being_stopped_from_outside_does_not_change_counts(name: Core) -> None:
    straight = program(name, passes=4000).finish()
    stopped = program(name, passes=4000)
    done = threading.Event()

    def run() -> None:
        while stopped.run() is StopReason.REQUESTED:
            pass
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    stops = 0
    while not done.is_set():
        stopped.core.request_stop()
        stops += 1
    thread.join()
    assert stops > 10
    assert stopped.marks == straight.marks
    assert stopped.core.cycles == straight.core.cycles


@pytest.mark.parametrize("name", CORES)
def test_reading_the_time_does_not_change_it(name: Core) -> None:
    """A read of the cycle counter splits the block that it is in."""
    reading, not_reading = program(name), program(name)
    not_reading.core.cycles_now = lambda: 0  # type: ignore[method-assign]
    assert reading.finish().core.cycles == not_reading.finish().core.cycles


@pytest.mark.parametrize("name", CORES)
def test_settings_count_from_where_they_are_made(name: Core) -> None:
    """The firmware changes wait states with a store, and what follows is slower."""
    made = AssembledCore(
        name,
        """
    mov.w r10, #0x40000000
    ldr r11, [r10]
    .rept 64
    add.w r1, r2, r3
    .endr
    ldr r11, [r10]
    str r10, [r10, #4]
    ldr r11, [r10]
    .rept 64
    add.w r1, r2, r3
    .endr
    ldr r11, [r10]
    bkpt 0
""",
        MemoryTiming(bus_ratio=1),
    )
    made.on_write = lambda _address, _value: made.core.configure(MemoryTiming(wait_states=6))
    marks = made.finish().marks
    waits = 64 * 4 // timing(name).get("flash_word_bytes", 8) - 1
    assert marks[3] - marks[2] >= marks[1] - marks[0] + 6 * waits
