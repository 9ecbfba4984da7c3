"""Loads and stores of the Cortex-M4, by the rules of its manual (ARM DDI 0439, 3.3).

LOAD and STORE are the manual's figures of table 3-1, both 2; how they combine is 3.3.2.
"""

from __future__ import annotations

import pytest

from tests.fakes.assembled_core import cycles_each, cycles_of
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

LOAD = STORE = 2
OVERLAP = 1
"""What pipelining a load or store behind a load takes off."""
SETUP = """
    mov.w r0, #0x20000000
    mov r7, r0
    movs r3, #4
    str r7, [r7]
    mov r11, r11
"""
UPDATING = ["ldr r1, [r7], #0", "ldr r1, [r7, #0]!", "ldrsb r1, [r7], #0"]
LOADS = ["ldr r1, [r0]", "ldrb r1, [r0]", "ldrsh r1, [r0]", "ldr r1, [r0, r3]", "vldr s0, [r0]",
         "ldrex r1, [r0]"]  # fmt: skip


def cycles(body: str) -> int:
    return cycles_of(Core.CORTEX_M4, body, setup=SETUP)


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_loads_in_a_row_take_one_cycle_each_and_one_more(load: str, count: int) -> None:
    assert cycles("\n ".join([load] * count)) == count * (LOAD - OVERLAP) + OVERLAP


@pytest.mark.parametrize("load", UPDATING)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_an_updated_base_is_late_for_the_next_load_but_not_behind_a_load(
    load: str, count: int
) -> None:
    loads = "\n ".join([load] * count)
    assert cycles(loads) == count * LOAD
    assert cycles(f"ldr r2, [r0]\n {loads}") == (1 + count) * (LOAD - OVERLAP) + OVERLAP


@pytest.mark.parametrize("load", UPDATING)
def test_an_updated_base_is_not_late_for_accesses_by_another_one(load: str) -> None:
    other = load.replace("r7", "r0").replace("r1", "r2")
    assert cycles(f"{load}\n {other}\n {load}\n {other}") == 4 * (LOAD - OVERLAP) + OVERLAP
    assert cycles(f"{load}\n ldr r2, [r0]\n str r1, [r7]") == 2 * LOAD - OVERLAP
    assert cycles(f"{load}\n str r1, [r7]") == LOAD + 1


@pytest.mark.parametrize("load", LOADS + UPDATING)
def test_a_load_whose_address_was_just_loaded_does_not_overlap(load: str) -> None:
    assert cycles(f"ldr r7, [r7]\n {load.replace('r0', 'r7')}") == 2 * LOAD


def test_the_manuals_examples() -> None:
    assert cycles("ldr r1, [r0]\n ldr r0, [r7]\n mov r0, r7") == 3 + 1
    assert cycles("ldr r1, [r0, r3]\n str r1, [r7, #20]") == 2
    assert cycles("ldr r1, [r0, r3]\n str r0, [r7, r3]") == 3
    assert cycles("ldr r1, [r0, r3]\n ldr r2, [r7]\n ldr r4, [r0, #4]") == 4


@pytest.mark.parametrize("store", ["str r1, [r0, #4]", "strb r1, [r0]", "strh r1, [r7], #0"])
def test_a_store_with_an_immediate_offset_takes_one_cycle(store: str) -> None:
    """But a load right behind it waits for the store's data to be on the bus."""
    assert cycles(store) == 1
    assert cycles(f"{store}\n {store}\n {store}") == 3
    assert cycles(f"ldr r2, [r0]\n {store}") == LOAD + 1 - OVERLAP
    assert cycles(f"{store}\n ldr r2, [r0]") == 1 + 1 + LOAD
    assert cycles(f"{store}\n nop\n ldr r2, [r0]") == 1 + 1 + LOAD


@pytest.mark.parametrize("store", ["str r1, [r0, r3]", "vstr s0, [r0]", "strex r1, r2, [r0]"])
def test_other_stores_overlap_with_a_load_before_and_nothing_with_them(store: str) -> None:
    assert cycles(store) == STORE
    assert cycles(f"ldr r2, [r0]\n {store}") == LOAD + STORE - OVERLAP
    assert cycles(f"{store}\n ldr r2, [r0]") == STORE + LOAD
    assert cycles(f"{store}\n {store}") == 2 * STORE


PRODUCERS = ["add r4, r0, #0", "mov r4, r0", "mla r4, r8, r8, r0", "bfi r4, r0, #0, #32",
             "ubfx r4, r0, #0, #32", "vmov r4, s20"]  # fmt: skip
BY_R4 = [("ldr r1, [r4]", LOAD), ("str r1, [r4]", 1), ("ldr r1, [r0, r4]", LOAD),
         ("ldm r4, {r1, r2}", 3), ("vldr s0, [r4]", LOAD), ("strd r1, r2, [r4]", 3)]  # fmt: skip


@pytest.mark.parametrize("producer", PRODUCERS)
@pytest.mark.parametrize(("access", "alone"), BY_R4)
def test_an_address_that_was_just_computed_is_waited_for(
    producer: str, access: str, alone: int
) -> None:
    setup = SETUP + "\n mov r8, #0\n"
    if "r0, r4" in access:
        setup += " mov.w r0, #0x10000000\n"
    setup += " vmov s20, r0"
    at_once = cycles_of(Core.CORTEX_M4, f"{producer}\n {access}", setup=setup)
    later = cycles_of(Core.CORTEX_M4, f"{producer}\n nop\n {access}", setup=setup)
    assert at_once == 1 + 1 + alone
    assert later == 1 + 1 + alone  # the nop takes the cycle that would be waited


def test_what_is_stored_is_not_waited_for() -> None:
    assert cycles("add r1, r2, r3\n str r1, [r0]") == 1 + 1


@pytest.mark.parametrize("count", range(2, 7))
def test_multiple_loads_and_stores_take_one_more_than_their_registers(count: int) -> None:
    """1 + N, and they are not pipelined with what is around them."""
    registers = "{" + ", ".join(f"r{number}" for number in range(1, count + 1)) + "}"
    singles = "{" + ", ".join(f"s{number}" for number in range(count)) + "}"
    assert cycles(f"ldm r0, {registers}") == 1 + count
    assert cycles(f"stm r0, {registers}") == 1 + count
    assert cycles(f"vldmia r0, {singles}") == 1 + count
    assert cycles(f"push {registers}\n pop {registers}") == 2 * (1 + count)
    between = f"ldr r8, [r0]\n vldmia r0, {singles}\n ldr r8, [r0]"
    assert cycles(between) == LOAD + (1 + count) + LOAD


def test_double_words_take_three_cycles_whatever_is_around_them() -> None:
    assert cycles("ldrd r1, r2, [r0]") == 3
    assert cycles("strd r1, r2, [r0]") == 3
    assert cycles("ldr r8, [r0]\n ldrd r1, r2, [r0]\n ldr r8, [r0]") == LOAD + 3 + LOAD
    assert cycles("vldr d0, [r0]") == 3


# Unaligned accesses: a byte-aligned word is a byte, a halfword and a byte, a halfword-aligned one
# two halfwords, a byte-aligned halfword two bytes; stores leave through the write buffer.


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize(("load", "size"), [("ldr", 4), ("ldrh", 2), ("ldrsh", 2), ("ldrb", 1)])
def test_an_unaligned_load_takes_as_many_cycles_more_as_further_pieces(
    load: str, size: int, offset: int
) -> None:
    pieces = {4: [1, 3, 2, 3], 2: [1, 2, 1, 2], 1: [1, 1, 1, 1]}[size][offset]
    assert cycles(f"{load} r1, [r0, #{offset}]") == LOAD + pieces - 1


@pytest.mark.parametrize("store", ["str", "strh", "strb"])
def test_an_unaligned_store_does_not_delay(store: str) -> None:
    assert cycles(f"{store} r1, [r0, #1]\n {store} r1, [r0, #3]") == 2


def test_unaligned_loads_still_overlap() -> None:
    assert cycles("ldr r1, [r0, #1]\n ldr r2, [r0, #2]") == (LOAD + 2) + (LOAD + 1) - OVERLAP


def test_a_walk_over_unaligned_words_counts_each_time_where_it_is() -> None:
    """Over bytes: of four loads two are split in three, one in two."""
    each = cycles_each(Core.CORTEX_M4, "ldr r1, [r0], #1\n nop", setup=SETUP, times=16)
    assert each == LOAD + 1 + (0 + 2 + 1 + 2) / 4


def test_unaligned_loads_from_flash_wait_for_it_too() -> None:
    settings = MemoryTiming(4, instruction_cache=True)
    before = "adr.w r2, data\n add r2, #2\n ldr r3, [r2, #64]"
    alone = cycles_of(Core.CORTEX_M4, "ldr r1, [r2]", settings, before=before)
    assert alone == LOAD + 4 + 1


def both_memories(body: str) -> float:
    """Cycles per repetition; r0 points to SRAM, r6 to flash without wait states."""
    return cycles_each(Core.CORTEX_M4, body, setup=SETUP + "\n adr r6, body\n bic r6, r6, #3\n")


@pytest.mark.parametrize(
    ("body", "silicon"),
    [
        ("ldr.w r1, [r0]\n ldr.w r4, [r6]", 4),
        ("ldr.w r1, [r6]\n ldr.w r4, [r0]", 4),
        ("ldr.w r1, [r0]\n ldr.w r4, [r0]", 2),
        ("ldr.w r1, [r6]\n ldr.w r4, [r6]", 2),
    ],
)
def test_loads_overlap_within_one_memory_only(body: str, silicon: float) -> None:
    """CMEmu, "LDR from two memories tests", silicon figures of a Cortex-M4 and a Cortex-M3."""
    assert both_memories(body) == silicon


@pytest.mark.parametrize("order", ["06", "60"])
def test_loads_of_floats_overlap_between_memories(order: str) -> None:
    """Inferred from float networks on an STM32WB55: see docs/simulation.md."""
    body = "\n".join(f" vldr s{n}, [r{register}]" for n, register in enumerate(order))
    assert both_memories(body) == 2


def test_pairs_of_load_and_store_take_three_cycles() -> None:
    """CMEmu, ldr_str_timing: both in SRAM, on a Cortex-M3; M3 of the published rules on an M4."""
    assert cycles_each(Core.CORTEX_M4, "ldr.w r1, [r0]\n str.w r1, [r0, #4]", setup=SETUP) == 3
