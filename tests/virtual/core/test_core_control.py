"""Running, stopping, stepping and breaking into an emulated core."""

from __future__ import annotations

import threading

import pytest

from tests.fakes.assembled_core import ENTRY, FLASH, MARK, RAM, AssembledCore
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import EmulatorFaultKind, StopReason

PC, XPSR, CONTROL_WORD = 15, 16, 20
PRIMASK = 1

COUNT_FOREVER = """
    mov.w r0, #0x20000000
1:  adds r1, #1
    str r1, [r0]
    b 1b
"""


def counting() -> AssembledCore:
    return AssembledCore(Core.CORTEX_M4, COUNT_FOREVER)


def test_another_thread_stops_the_core_and_it_goes_on_where_it_was() -> None:
    made = counting()
    reasons: list[StopReason] = []
    for _ in range(20):
        before = made.core.read_register(1)
        thread = threading.Thread(target=lambda: reasons.append(made.run()))
        thread.start()
        while int.from_bytes(made.ram.buffer[:4], "little") <= before + 100:
            pass
        made.core.request_stop()
        thread.join()
        assert made.core.read_register(1) > before
        # All but the store and the branch of a pass that was begun has been accounted for.
        assert made.core.cycles >= 4 * made.core.read_register(1)
    assert reasons == [StopReason.REQUESTED] * 20


def test_asking_a_standing_core_to_stop_does_not_affect_the_next_run() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #5\n bkpt 0")
    made.core.request_stop()
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(1) == 5


def test_memory_is_readable_while_the_core_runs() -> None:
    made = counting()
    thread = threading.Thread(target=made.run)
    thread.start()
    seen = 0
    while seen < 10_000:
        seen = int.from_bytes(made.ram.buffer[:4], "little")
    made.core.request_stop()
    thread.join()
    assert made.core.read_register(1) >= seen


def test_a_callback_can_stop_the_core() -> None:
    source = "mov.w r0, #0x40000000\n str r0, [r0]\n b 1f\n1: adds r1, #1\n b 1b"
    made = AssembledCore(Core.CORTEX_M4, source)
    writes: list[int] = []

    def stop(address: int, _value: int) -> None:
        writes.append(address)
        made.core.request_stop()

    made.on_write = stop
    assert made.run() is StopReason.REQUESTED
    assert writes == [MARK]
    assert made.core.step() is StopReason.REQUESTED
    assert writes == [MARK], "the store is not done again"


def test_a_callback_inside_an_it_block_can_stop_the_core() -> None:
    source = """
    mov.w r0, #0x40000000
    cmp r0, r0
    itttt eq
    streq r0, [r0]
    addeq r1, #1
    addeq r1, #1
    addeq r1, #1
1:  b 1b
"""
    made = AssembledCore(Core.CORTEX_M4, source)
    made.on_write = lambda _address, _value: made.core.request_stop()
    assert made.run() is StopReason.REQUESTED
    assert made.core.read_register(1) == 3


def test_an_error_in_a_callback_leaves_run_and_the_core_can_go_on() -> None:
    source = "mov.w r0, #0x40000000\n str r0, [r0]\n movs r1, #1\n bkpt 0"
    made = AssembledCore(Core.CORTEX_M4, source)

    def refuse(_address: int, _value: int) -> None:
        raise LookupError("no such register")

    made.on_write = refuse
    with pytest.raises(LookupError):
        made.run()
    made.on_write = lambda _address, _value: None
    made.core.write_register(PC, ENTRY)
    assert made.run() is StopReason.BREAKPOINT


def test_breakpoints_stop_before_their_instruction() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #1\n movs r1, #2\n movs r1, #3\n bkpt 0")
    made.core.set_breakpoints([ENTRY + 2, ENTRY + 4])
    assert made.run() is StopReason.BREAKPOINT
    assert (made.core.read_register(PC), made.core.read_register(1)) == (ENTRY + 2, 1)
    made.core.set_breakpoints([ENTRY + 4])
    assert made.run() is StopReason.BREAKPOINT
    assert (made.core.read_register(PC), made.core.read_register(1)) == (ENTRY + 4, 2)
    made.core.set_breakpoints([])
    assert made.run() is StopReason.BREAKPOINT
    assert (made.core.read_register(PC), made.core.read_register(1)) == (ENTRY + 6, 3)


def test_a_breakpoint_behind_a_branch_that_looks_like_an_it_block_stops() -> None:
    """The second half of the B.W is 0xBF03, which as an instruction would be ITTTT."""
    made = AssembledCore(
        Core.CORTEX_M4, "b.w 2f\n 1: movs r1, #5\n bkpt 0\n .space 0xe02\n 2: b.w 1b"
    )
    assert made.flash.buffer[ENTRY - FLASH + 2 : ENTRY - FLASH + 4] == b"\x03\xbf"
    made.core.set_breakpoints([ENTRY + 4])
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(PC) == ENTRY + 4


def test_a_breakpoint_set_where_the_core_has_already_been_works() -> None:
    made = AssembledCore(Core.CORTEX_M4, "1: adds r1, #1\n nop\n cmp r1, #100\n bne 1b\n bkpt 0")
    made.finish()
    made.reset()
    made.core.set_breakpoints([ENTRY + 2])
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(1) == 1


IT_BLOCK = """
    cmp r0, r0
    itete eq
    addeq r1, #1
    addne.w r1, r1, #2
    addeq r1, #4
    addne r1, #8
    bkpt 0
"""


@pytest.mark.parametrize("offset", [2, 4, 6, 10, 12])
def test_a_breakpoint_inside_an_it_block_stops_before_the_block(offset: int) -> None:
    made = AssembledCore(Core.CORTEX_M4, IT_BLOCK)
    made.core.set_breakpoints([ENTRY + offset])
    assert made.run() is StopReason.BREAKPOINT
    assert (made.core.read_register(PC), made.core.read_register(1)) == (ENTRY + 2, 0)
    made.core.set_breakpoints([])
    made.finish()
    assert made.core.read_register(1) == 5


@pytest.mark.parametrize("step", [True, False])
@pytest.mark.parametrize("offset", [4, 6, 10, 12])
def test_the_core_goes_on_through_an_it_block_with_a_breakpoint(offset: int, step: bool) -> None:
    """At the IT instruction itself is none that a debugger could remove."""
    made = AssembledCore(Core.CORTEX_M4, f"1: {IT_BLOCK.replace('bkpt 0', 'b 1b')}")
    made.core.set_breakpoints([ENTRY + offset])
    for passes in range(3):
        assert made.run() is StopReason.BREAKPOINT
        assert made.core.read_register(PC) == ENTRY + 2
        assert made.core.read_register(1) == 5 * passes
        if step:
            assert made.core.step() is StopReason.REQUESTED
            assert made.core.read_register(PC) > ENTRY + 2


LOOKS_LIKE_IT = {
    "a literal": "b 1f\n .hword 0xbf08\n1:",
    "a literal of four instructions": "b 1f\n .hword 0xbf01, 0\n1:",
    "half an instruction": "ldr.w r11, [r0, #0xf08]",
    "both": "b 1f\n .hword 0xbf01\n1: ldr.w r11, [r0, #0xf08]",
}
"""What stands before the breakpoint; 0xF08 with R11 is encoded as an IT instruction."""


@pytest.mark.parametrize("before", LOOKS_LIKE_IT.values(), ids=list(LOOKS_LIKE_IT))
def test_a_breakpoint_behind_what_looks_like_an_it_instruction_is_hit(before: str) -> None:
    source = f"mov.w r0, #{RAM:#x}\n {before}\n target: movs r1, #1\n bkpt 0"
    made = AssembledCore(Core.CORTEX_M4, source)
    made.finish()
    target = made.core.read_register(PC) - 2
    made.reset()
    made.core.set_breakpoints([target])
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(PC) == target


def test_stepping_runs_one_instruction_at_a_time() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #1\n b 1f\n nop\n1: movs r2, #2\n bkpt 0")
    seen = []
    for _ in range(3):
        assert made.core.step() is StopReason.REQUESTED
        seen.append(made.core.read_register(PC) - ENTRY)
    assert seen == [2, 6, 8]
    assert made.core.step() is StopReason.BREAKPOINT


def test_registers_are_read_and_written_by_their_debug_numbers() -> None:
    made = AssembledCore(Core.CORTEX_M7, "add r0, r1\n vadd.f32 s0, s1, s2\n bkpt 0")
    for number, value in {0: 40, 1: 2, 65: 0x3F80_0000, 66: 0x4000_0000}.items():
        made.core.write_register(number, value)
    made.core.write_register(CONTROL_WORD, PRIMASK)
    made.finish()
    assert made.core.read_register(0) == 42
    assert made.core.read_register(64) == 0x4040_0000
    assert made.core.read_register(CONTROL_WORD) & 0xFF == PRIMASK
    assert made.core.read_register(99) == 0


def test_reset_clears_registers_and_starts_at_the_entry() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #1\n cmp r1, #1\n bkpt 0").finish()
    made.reset()
    assert made.core.read_register(1) == 0
    assert made.core.read_register(14) == 0xFFFF_FFFF
    assert made.core.read_register(PC) == ENTRY
    assert made.core.read_register(XPSR) == 0x0100_0000


def test_waiting_for_an_interrupt_is_sleep_and_can_be_left() -> None:
    made = AssembledCore(Core.CORTEX_M4, "movs r1, #1\n wfi\n movs r1, #2\n bkpt 0")
    assert made.run() is StopReason.SLEEP
    assert made.core.read_register(1) == 1
    assert made.run() is StopReason.BREAKPOINT
    assert made.core.read_register(1) == 2


FAULTS = {
    "mov.w r0, #0x60000000\n ldr r1, [r0]": (EmulatorFaultKind.READ, 4, 0x6000_0000),
    "mov.w r0, #0x60000000\n str r1, [r0]": (EmulatorFaultKind.WRITE, 4, 0x6000_0000),
    "udf #0": (EmulatorFaultKind.UNDEFINED, 0, None),
    "mov.w r0, #0x60000000\n orr r0, #1\n bx r0": (EmulatorFaultKind.FETCH, None, 0x6000_0000),
}


@pytest.mark.parametrize("source", FAULTS)
@pytest.mark.parametrize("name", [Core.CORTEX_M4, Core.CORTEX_M7, Core.CORTEX_M33])
def test_a_fault_says_what_and_where(name: Core, source: str) -> None:
    kind, offset, address = FAULTS[source]
    made = AssembledCore(name, source)
    assert made.run() is StopReason.FAULT
    fault = made.core.fault
    assert fault is not None
    assert (fault.kind, fault.address) == (kind, address)
    if offset is not None:
        assert fault.pc == ENTRY + offset


@pytest.mark.parametrize(
    ("hint", "reason"),
    [
        ("svc #3", StopReason.SUPERVISOR_CALL),
        ("wfi", StopReason.SLEEP),
        ("wfe", StopReason.WAIT_FOR_EVENT),
        ("yield", StopReason.BREAKPOINT),
        ("sev", StopReason.BREAKPOINT),
    ],
)
def test_hints_and_calls_stop_behind_themselves(hint: str, reason: StopReason) -> None:
    made = AssembledCore(Core.CORTEX_M4, f"movs r1, #1\n {hint}\n bkpt 0")
    assert made.run() is reason
    assert made.core.read_register(PC) == ENTRY + 4
    if reason is not StopReason.BREAKPOINT:
        assert made.run() is StopReason.BREAKPOINT


def test_undefined_code_behind_a_hint_is_still_a_fault() -> None:
    made = AssembledCore(Core.CORTEX_M4, "wfe\n udf #0")
    assert made.run() is StopReason.WAIT_FOR_EVENT
    assert made.run() is StopReason.FAULT
    assert made.core.fault is not None
    assert made.core.fault.kind is EmulatorFaultKind.UNDEFINED


def test_the_m33_runs_what_armv8_m_adds() -> None:
    source = """
    mov.w r0, #0x20000000
    movw r1, #0x100
    msr msplim, r1
    mrs r2, msplim
    movs r3, #7
    stl r3, [r0]
    lda r4, [r0]
    tt r5, r0
    sdiv r6, r1, r3
    bkpt 0
"""
    made = AssembledCore(Core.CORTEX_M33, source).finish()
    assert [made.core.read_register(number) for number in (2, 4, 6)] == [0x100, 7, 36]


def test_device_accesses_carry_address_size_and_value() -> None:
    source = """
    mov.w r0, #0x40000000
    movs r1, #7
    strb r1, [r0, #1]
    mov.w r2, #0xe0000000
    str r1, [r2, #4]
    bkpt 0
"""
    made = AssembledCore(Core.CORTEX_M4, source)
    writes: list[tuple[int, int]] = []
    made.on_write = lambda address, value: writes.append((address, value))
    made.finish()
    assert writes == [(0x4000_0001, 7), (0xE000_0004, 7)]


def test_ram_that_the_core_wrote_is_in_the_buffer() -> None:
    made = AssembledCore(
        Core.CORTEX_M4, "mov.w r0, #0x20000000\n movs r1, #77\n str r1, [r0, #8]\n bkpt 0"
    ).finish()
    assert made.ram.buffer[8:12] == (77).to_bytes(4, "little")
    assert made.ram.base == RAM


def test_what_goes_wrong_between_blocks_ends_the_run() -> None:
    made = AssembledCore(Core.CORTEX_M4, "again:\n b again")

    def fail() -> bool:
        raise LookupError("no such event")

    made.core._service = fail
    with pytest.raises(LookupError):
        made.run()
