"""What blocks access is known before they run, and is what hooks before each instruction see."""

from __future__ import annotations

import random
import struct

import pytest

from tests.fakes.assembled_core import ENTRY, RAM, AssembledCore, assemble
from tests.virtual.core.test_core_emulation import CONDITIONS
from tests.virtual.core.test_core_repeatability import CORES, PROGRAM, SETTINGS
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming, StopReason
from tinylab.sim.cycles.decoding.decoded_code import has_hint
from tinylab.sim.cycles.hooks.instruction_hooks import MAX_RANGES, InstructionHooks

BUFFER, READ_ONLY = RAM + 0x400, RAM + 0x800
REGISTERS = 6
REDUCED = MemoryTiming(wait_states=4, instruction_cache=True)

# a, b and d are registers, {c} a condition, {n} an offset of words, {s} a shift, {m} a constant.
COMPUTING = [
    "add r{a}, r{b}, r{d}, lsl #{s}",
    "adds r{a}, r{b}, #{n}",
    "addw r{a}, r{b}, #{m}",
    "sub r{a}, r{b}, r{d}, lsr #{s}",
    "subs r{a}, #{n}",
    "rsb r{a}, r{b}, #{n}",
    "rsb r{a}, r{b}, r{d}, asr #{s}",
    "and r{a}, r{b}, r{d}",
    "bic r{a}, r{b}, #0xff",
    "bic r{a}, r{b}, r{d}, lsl #{s}",
    "orr r{a}, r{b}, r{d}, lsl #{s}",
    "eor r{a}, r{b}, r{d}",
    "mvn r{a}, r{b}",
    "mvn r{a}, #{n}",
    "mov r{a}, r{b}",
    "movw r{a}, #{m}",
    "movt r{a}, #{m}",
    "adr r{a}, behind",
    "lsl r{a}, r{b}, #{s}",
    "lsr r{a}, r{b}, #{s}",
    "asr r{a}, r{b}, #{s}",
    "mul r{a}, r{b}, r{d}",
    "mla r{a}, r{b}, r{d}, r{a}",
    "mls r{a}, r{b}, r{d}, r{a}",
    "uxtb r{a}, r{b}",
    "uxth r{a}, r{b}",
    "sxtb r{a}, r{b}",
    "sxth r{a}, r{b}",
    "uxtb r{a}, r{b}, ror #16",
    "sxth r{a}, r{b}, ror #8",
    "ror r{a}, r{b}, #{s}",
    "eor r{a}, r{b}, r{d}, ror #{s}",
    "bfi r{a}, r{b}, #{s}, #9",
    "ubfx r{a}, r{b}, #{s}, #9",
    "sbfx r{a}, r{b}, #{s}, #9",
]
ACCESSING = [
    "ldr r{a}, [r8, #{n}]",
    "ldrb r{a}, [r8, #{n}]",
    "ldrsb r{a}, [r8, #{n}]",
    "ldrh r{a}, [r8, #{n}]",
    "ldrsh r{a}, [r8, #{n}]",
    "ldrd r2, r3, [r8, #{n}]",
    "ldmia r8, {{r0, r2, r4}}",
    "ldr r{a}, behind",
    "ldr r{a}, [r8], #4\n sub r8, #4",
    "ldr r{a}, [r8, #8]!\n sub r8, #8",
    "str r{a}, [r7, #{n}]",
    "str r{a}, [sp, #-{n}]\n ldr r{b}, [sp, #-{n}]",
    "strd r1, r2, [r7, #{n}]\n ldr r{b}, [r7, #{n}]",
    "vstr s1, [r7, #{n}]",
]
SETTING_FLAGS = ["cmp r{a}, r{b}", "cmn r{a}, #{n}", "subs r{a}, r{b}, r{d}", "adds r{a}, #{n}"]
SETTING_SIGNS = ["tst r{a}, r{b}", "teq r{a}, r{b}", "ands r{a}, r{b}", "movs r{a}, #{n}"]
CONDITIONAL = [
    "it {c}\n ldr{c} r{a}, [r8, #{n}]",
    "it {c}\n mov{c} r{a}, r{b}",
    "itt {c}\n sub{c} r{a}, r{b}, #{n}\n str{c} r{a}, [r7, #{n}]",
    "it {c}\n sdiv{c} r9, r{b}, r{d}",
]
# An access whose address is what was computed before.
USING = [
    "and r{a}, r{b}, #0x1fc\n add r{a}, r8, r{a}\n ldr r{d}, [r{a}]",
    "ubfx r{a}, r{b}, #{s}, #6\n ldr r{d}, [r8, r{a}, lsl #2]",
    "and r{a}, r{b}, #0x1fc\n strb r{d}, [r7, r{a}]",
    "sdiv r9, r{b}, r{d}",
]


# The same with values that are loaded.
LOADING = [
    "ldr r{a}, [r8, #{n}]\n and r{a}, #0x1fc\n ldrh r{b}, [r8, r{a}]",
    "str r{a}, [sp, #-{n}]\n ldr r{b}, [sp, #-{n}]\n ubfx r{b}, r{b}, #{s}, #6\n"
    " str r{d}, [r7, r{b}, lsl #2]",
    "ldrb r{a}, [r8, #{n}]\n strh r{b}, [r7, r{a}]",
]


def plain_block(seed: int) -> str:
    """A block of code without branches and conditions, and with few accesses."""
    chosen = random.Random(seed)
    groups = [COMPUTING, ACCESSING, USING[:3], LOADING]
    lines = [chosen.choice(chosen.choice(groups)) for _ in range(12)]
    return filled(lines, chosen)


def block(seed: int) -> str:
    """A block of code without branches."""
    chosen = random.Random(seed)
    lines = []
    for _ in range(14):
        groups = [COMPUTING, ACCESSING, USING, USING]
        lines += [chosen.choice(chosen.choice(groups)) for _ in range(3)]
        signs = chosen.random() < 0.5
        lines.append(chosen.choice(SETTING_SIGNS if signs else SETTING_FLAGS))
        lines.append(chosen.choice(CONDITIONAL))
        condition = chosen.choice(["eq", "ne", "mi", "pl"] if signs else CONDITIONS)
        lines[-1] = lines[-1].replace("{c}", condition)
    return filled(lines, chosen)


def filled(lines: list[str], chosen: random.Random) -> str:
    """With registers and constants."""
    return "\n".join(
        line.format(
            a=chosen.randrange(REGISTERS),
            b=chosen.randrange(REGISTERS),
            d=chosen.randrange(REGISTERS),
            n=4 * chosen.randrange(1, 16),
            s=chosen.randrange(1, 20),
            m=chosen.randrange(4096),
        )
        for line in lines
    )


def noted(
    name: Core, source: str, *, traced: bool, without_plans: bool = False
) -> tuple[list[tuple[int, int]], bool]:
    """(instruction, address) of each access in the last block that ran; whether foreseen."""
    made = AssembledCore(name, source + "\n bkpt 0\n .balign 4\nbehind: .word 0x1234567\n")
    chosen = random.Random(0)
    offset = BUFFER - RAM
    words = [chosen.getrandbits(32) for _ in range(512)]
    made.ram.buffer[offset : offset + 2048] = struct.pack("<512I", *words)
    for register in range(REGISTERS):
        made.core.write_register(register, chosen.getrandbits(32))
    made.core.write_register(7, BUFFER)
    made.core.write_register(8, READ_ONLY)
    if traced:
        made.core._accounting.trace_all(True)
    made.core._accounting._state["no_plans"] = int(without_plans)
    made.finish()
    state = made.core._accounting._state
    last = state["blocks"][state["block"]]
    if state["foreseen"] and last["planned"] and not without_plans:
        notes = state["steps"][last["first_note"] : last["end_note"]]
        rows = notes["row"] + last["first_row"]
        addresses = state["values"][notes["left"]] + notes["constant"] & 0xFFFF_FFFF
    else:
        used = int(state["recorded"])
        rows, addresses = state["access_rows"][:used], state["addresses"][:used]
    return [
        (int(state["rows"]["address"][row]) - ENTRY, int(address))
        for row, address in zip(rows, addresses, strict=True)
    ], bool(state["foreseen"])


@pytest.mark.parametrize("seed", range(40))
def test_foreseen_accesses_are_those_that_hooks_see(seed: int) -> None:
    source = block(seed)
    seen, by_chance = noted(Core.CORTEX_M4, source, traced=True)
    foreseen, indeed = noted(Core.CORTEX_M4, source, traced=False)
    assert (by_chance, indeed) == (False, True)
    assert foreseen == seen


@pytest.mark.parametrize("seed", range(60))
def test_planned_accesses_are_those_that_hooks_see(seed: int) -> None:
    source = plain_block(seed)
    seen, _ = noted(Core.CORTEX_M4, source, traced=True)
    planned, foreseen = noted(Core.CORTEX_M4, source, traced=False)
    one_by_one, _ = noted(Core.CORTEX_M4, source, traced=False, without_plans=True)
    assert foreseen
    assert planned == one_by_one == seen


@pytest.mark.parametrize(
    "hinging",
    [
        "umull r0, r1, r2, r3\n and r0, #0xfc\n ldr r1, [r7, r0]",  # arithmetic not known
        "adc r0, r1\n and r0, #0xfc\n ldr r1, [r7, r0]",  # on the carry
        "lsls r0, r1, #3\n it cs\n ldrcs r1, [r7]",
        "vmov r0, s0\n and r0, #0xfc\n ldr r1, [r7, r0]",
        "strb r1, [r7, #1]\n ldr r0, [r7]\n and r0, #0xfc\n ldr r1, [r7, r0]",  # in part
        "add r6, r7, #4\n str r1, [r6]\n ldr r0, [r7, #4]\n and r0, #0xfc\n ldr r1, [r7, r0]",
        "str r1, [r7]\n add r6, r7, #0\n strb r2, [r6]\n ldr r0, [r7]\n and r0, #0xfc\n"
        " ldr r1, [r7, r0]",  # stored over
        "push {r0, r4}\n pop {r3, r4}\n and r3, #0xfc\n ldr r1, [r7, r3]",
        "mov r6, #0x40000000\n ldr r0, [r6]",  # a device
    ],
)
def test_what_cannot_be_foreseen_is_left_to_hooks(hinging: str) -> None:
    seen, _ = noted(Core.CORTEX_M4, hinging, traced=True)
    found, foreseen = noted(Core.CORTEX_M4, hinging, traced=False)
    assert not foreseen
    assert found == seen


@pytest.mark.parametrize("hint", ["nop", "nop.w", "sev", "sev.w", "dbg #1"])
def test_hints_at_which_the_emulator_runs_on_need_no_hooks(hint: str) -> None:
    source = f"ldr r0, [r8]\n{hint}\n.balign 8\nldr r1, [r8, #4]"
    seen, _ = noted(Core.CORTEX_M4, source, traced=True)
    found, foreseen = noted(Core.CORTEX_M4, source, traced=False)
    assert foreseen
    assert found == seen


@pytest.mark.parametrize("hint", ["yield", "wfe", "yield.w", "wfe.w"])
def test_hints_at_which_the_emulator_stops_are_seen(hint: str) -> None:
    assert has_hint(assemble(f"ldr r0, [r8]\n{hint}", Core.CORTEX_M4))


@pytest.mark.parametrize("name", CORES)
def test_foreseen_blocks_count_as_traced_ones(name: Core) -> None:
    foreseen = AssembledCore(name, PROGRAM.format(passes=5), SETTINGS)
    traced = AssembledCore(name, PROGRAM.format(passes=5), SETTINGS)
    traced.core._accounting.trace_all(True)
    assert foreseen.finish().marks == traced.finish().marks
    assert foreseen.core.cycles == traced.core.cycles
    assert foreseen.core._accounting.instructions == traced.core._accounting.instructions


# Loads and stores of all sizes at changing places, also across words, in RAM and in flash.
KINDS = """
    mov.w r7, #0x20000000
    add.w r7, #0x500
    adr r8, behind
    movs r6, #90
kinds:
    ldrb r0, [r8], #1
    ldr r1, [r8, #3]
    ldrh r2, [r8, #64]
    strb r0, [r7], #1
    str r1, [r7, #7]
    strh r2, [r7, #41]
    ldr r3, [r7, #5]
    bic r4, r7, #7
    ldrd r0, r1, [r4, #8]
    stm r4, {r0, r1, r3}
    ldr r5, [r4, #4]
    and r5, #0x1f
    ldrb r5, [r7, r5]
    subs r6, #1
    bne kinds
    b beyond
    .balign 4
behind:
    .rept 64
    .word 0x12345678
    .endr
beyond:
"""


@pytest.mark.parametrize("settings", [SETTINGS, MemoryTiming(), REDUCED])
@pytest.mark.parametrize("name", CORES)
def test_planned_blocks_count_as_others(name: Core, settings: MemoryTiming) -> None:
    counts = []
    for no_plans in (0, 1):
        made = AssembledCore(name, KINDS + PROGRAM.format(passes=5), settings)
        made.core._accounting._state["no_plans"] = no_plans
        counts.append((made.finish().marks, made.core.cycles))
    assert counts[0] == counts[1]


LONG = """
    movs r6, #3
again:
    .rept 100
    ldmia r8, {r0-r5, r7, r11}
    qadd16 r1, r1, r3
    .endr
    b next
    .balign 1024
next:
    subs r6, #1
    bne again
    ldr r11, [r10]
    bkpt 0
"""


@pytest.mark.parametrize("name", CORES)
def test_how_the_emulator_cuts_code_into_pieces_does_not_count(name: Core) -> None:
    """With hooks before each instruction it translates less of a long block at once."""
    start = "mov.w r10, #0x40000000\n mov.w r8, #0x20000000\n"
    whole, cut = (AssembledCore(name, start + LONG, SETTINGS) for _ in range(2))
    cut.core._accounting.trace_all(True)
    assert whole.finish().marks == cut.finish().marks
    sizes = [_sizes(made) for made in (whole, cut)]
    assert max(sizes[1]) < max(sizes[0]), "not cut: make LONG longer"


def _sizes(made: AssembledCore) -> list[int]:
    blocks = made.core._accounting._state["blocks"]
    return [int(size) for size in blocks["size"][blocks["address"] != 0]]


def test_a_block_whose_code_changes_is_looked_at_anew() -> None:
    """In RAM: what is loaded where was not foreseen for the code that was there before."""
    made = AssembledCore(Core.CORTEX_M4, "ldr r0, [r7]\n bx lr")
    code = made.flash.buffer[ENTRY - made.flash.base :][:4]
    made.ram.buffer[0x100:0x104] = code
    other = AssembledCore(Core.CORTEX_M4, "ldr r0, [r7, #8]\n bx lr")
    state = made.core._accounting._state
    found = []
    for machine_code in (code, other.flash.buffer[ENTRY - other.flash.base :][:4]):
        made.ram.buffer[0x100:0x104] = machine_code
        made.core.code_changed(RAM + 0x100, 4)
        made.core.write_register(7, BUFFER)
        made.core.write_register(14, RAM + 0x301)
        made.core.write_register(15, RAM + 0x100)
        made.core.set_breakpoints([RAM + 0x300])
        made.ram.buffer[0x300:0x302] = bytes.fromhex("00bf")
        assert made.core.run() is StopReason.BREAKPOINT
        found.append(made.core._accounting.instructions)
        assert int(state["rows"]["offset"][state["blocks"]["first_row"][0]]) in (0, 8)
    assert found[1] > found[0]


class Hooks:
    """What `InstructionHooks` adds and removes."""

    def __init__(self) -> None:
        self.made: dict[int, tuple[int, int]] = {}
        self._next = 1

    def add(self, where: tuple[int, int]) -> int:
        self._next += 1
        self.made[self._next] = where
        return self._next

    def remove(self, hook: int) -> None:
        del self.made[hook]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        return sorted(self.made.values())


def test_hooks_never_overlap() -> None:
    hooks = Hooks()
    made = InstructionHooks(hooks.add, hooks.remove)
    for address, size in [(100, 10), (120, 10), (105, 10), (110, 4), (130, 2)]:
        made.cover(address, size)
    assert hooks.ranges == [(100, 114), (120, 131)]


def test_hooks_are_few() -> None:
    hooks = Hooks()
    made = InstructionHooks(hooks.add, hooks.remove)
    places = [1000 * number + (500 if number > MAX_RANGES else 0) for number in range(80)]
    for address in places:
        made.cover(address, 4)
    assert len(hooks.made) == MAX_RANGES
    assert all(any(a <= place <= b for a, b in hooks.ranges) for place in places)


def test_hooks_are_everywhere_for_a_while() -> None:
    hooks = Hooks()
    made = InstructionHooks(hooks.add, hooks.remove)
    made.cover(100, 4)
    made.cover_all((1, 0))
    assert hooks.ranges == [(1, 0)]
    made.uncover_all()
    assert hooks.ranges == [(100, 103)]
