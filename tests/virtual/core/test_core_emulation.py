"""Counting cycles does not change what code does: the same without any hooks."""

from __future__ import annotations

import random

import pytest
import unicorn
from unicorn import arm_const

from tests.fakes.assembled_core import ENTRY, FLASH, RAM, STACK, AssembledCore, assemble
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MODELS, MemoryTiming
from tinylab.sim.cycles.decoding.decode import decode_block
from tinylab.sim.cycles.decoding.instruction import Access

CORES = [Core.CORTEX_M4, Core.CORTEX_M7, Core.CORTEX_M33]
CONDITIONS = ["eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"]
OPPOSITE = dict(zip(CONDITIONS, CONDITIONS[1:] + CONDITIONS[:1], strict=True))
OPPOSITE |= {odd: even for even, odd in zip(CONDITIONS[::2], CONDITIONS[1::2], strict=True)}
BUFFER = RAM + 0x100

# {c} is a condition, a and b are registers, {n} an offset of words, {m} of bytes.
TEMPLATES = [
    "add{c} r{a}, r{b}, #{m}",
    "sub{c}.w r{a}, r{b}, r{a}",
    "mul{c} r{a}, r{b}, r{a}",
    "mov{c} r{a}, #{m}",
    "mvn{c}.w r{a}, r{b}",
    "ldr{c} r{a}, [r7, #{n}]",
    "ldr{c}.w r{a}, [r7, #-{m}]",
    "ldr{c} r{a}, [r6, r5, lsl #2]",
    "str{c} r{a}, [r7, #{n}]",
    "strb{c}.w r{a}, [r7, #{m}]",
    "ldrh{c}.w r{a}, [r7, #{m}]",
    "ldrd{c} r0, r1, [r7, #{n}]",
    "strd{c} r2, r3, [r7, #{n}]",
    "ldm{c} r7, {{r0, r2, r3}}",
    "stm{c} r7, {{r1, r2, r4}}",
    "vldr{c} s{a}, [r7, #{n}]",
    "vstr{c} s{b}, [r7, #{n}]",
    "vldmia{c} r7, {{s0-s4}}",
    "vadd{c}.f32 s{a}, s{b}, s{a}",
    "vmov{c} s{a}, r{b}",
]
MOVING = [
    "ldr r{a}, [r7], #4\n subs r7, #4",
    "ldr.w r{a}, [r7, #4]!\n subs r7, #4",
    "push {{r{a}, r4}}\n pop {{r3, r{b}}}",
    "vpush {{s0-s3}}\n vpop {{s4-s7}}",
    "vldmia r7!, {{s8-s11}}\n subs r7, #16",
    "ldmdb r7, {{r0, r1}}",
    "stmdb r7!, {{r0, r1}}\n adds r7, #8",
    "vstmdb r7!, {{d0-d1}}\n adds r7, #16",
]


def fill(chosen: random.Random, template: str, condition: str) -> str:
    return template.format(
        c=condition,
        a=chosen.randrange(5),
        b=chosen.randrange(5),
        n=4 * chosen.randrange(16),
        m=chosen.randrange(64),
    )


def random_program(seed: int) -> str:
    """Compares, each followed by an IT block and some plain instructions."""
    chosen = random.Random(seed)
    lines = ["nop"] * chosen.randrange(4)
    for _ in range(60):
        lines.append(f"cmp r{chosen.randrange(5)}, r{chosen.randrange(5)}")
        first = chosen.choice(CONDITIONS)
        block = [first] + [
            chosen.choice([first, OPPOSITE[first]]) for _ in range(chosen.randrange(4))
        ]
        then_or_else = "".join("t" if condition == first else "e" for condition in block[1:])
        lines.append(f"it{then_or_else} {first}")
        lines += [fill(chosen, chosen.choice(TEMPLATES), condition) for condition in block]
        for _ in range(chosen.randrange(3)):
            lines.append(fill(chosen, chosen.choice(TEMPLATES + MOVING), ""))
    return "\n".join([*lines, "bkpt 0"])


def starting_values() -> dict[int, int]:
    values = {arm_const.UC_ARM_REG_R0 + n: n * 0x0101_0007 for n in range(5)}
    values |= {arm_const.UC_ARM_REG_S0 + n: 0x3F80_0000 + (n << 16) for n in range(8)}
    return values | {
        arm_const.UC_ARM_REG_R5: 3,
        arm_const.UC_ARM_REG_R6: BUFFER + 64,
        arm_const.UC_ARM_REG_R7: BUFFER,
        arm_const.UC_ARM_REG_SP: STACK,
    }


def bare(name: Core, code: bytes) -> unicorn.Uc:
    """The emulator alone, ready to run `code`."""
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, MODELS[name])
    uc.mem_map(FLASH, 0x1_0000)
    uc.mem_map(RAM, 0x1_0000)
    uc.mem_write(ENTRY, code)
    for register, value in starting_values().items():
        uc.reg_write(register, value)
    return uc


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", CORES)
def test_conditional_code_does_the_same_with_and_without_hooks(name: Core, seed: int) -> None:
    made = AssembledCore(name, random_program(seed), MemoryTiming(3, True, True, True, 2))
    uc = bare(name, assemble(made.source, name))
    uc.hook_add(unicorn.UC_HOOK_INTR, lambda uc, _number, _data: uc.emu_stop())
    uc.emu_start(ENTRY | 1, 0xFFFF_FFFE)
    for register, value in starting_values().items():
        made.core._uc.reg_write(register, value)
    made.finish()
    numbers = [arm_const.UC_ARM_REG_R0 + n for n in range(8)]
    numbers += [arm_const.UC_ARM_REG_S0 + n for n in range(16)]
    numbers += [arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_PC, arm_const.UC_ARM_REG_XPSR]
    assert [made.core._uc.reg_read(n) for n in numbers] == [uc.reg_read(n) for n in numbers]
    assert made.ram.buffer[:] == bytes(uc.mem_read(RAM, 0x1_0000))


def expected_addresses(access: Access, uc: unicorn.Uc) -> list[int]:
    """Where the decoded access goes, with the emulator's registers."""
    names = [arm_const.UC_ARM_REG_R0 + n for n in range(13)]
    names += [arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR]
    address = access.offset
    if access.base is not None:
        address += uc.reg_read(names[access.base])
    if access.index is not None:
        address += uc.reg_read(names[access.index]) << access.shift
    return [address + 4 * word for word in range(access.words)]


@pytest.mark.parametrize("template", TEMPLATES + MOVING)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_decoder_knows_where_memory_is_accessed(template: str, seed: int) -> None:
    code = assemble(fill(random.Random(seed), template, "") + "\n bkpt 0", Core.CORTEX_M4)
    uc = bare(Core.CORTEX_M4, code)
    seen: list[int] = []

    def note(_uc: object, _kind: int, address: int, size: int, *_rest: object) -> None:
        seen.extend(range(address, address + size, 4))

    uc.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, note)
    expected: list[int] = []
    address = ENTRY
    for instruction in decode_block(code[:-2], ENTRY).instructions:
        if instruction.access is not None:
            expected += expected_addresses(instruction.access, uc)
        uc.emu_start(address | 1, 0xFFFF_FFFE, count=1)
        address += instruction.length
    assert seen == expected


def test_the_decoder_knows_where_literals_and_tables_are() -> None:
    source = """
    nop
    ldr r0, literal
    ldr.w r1, literal
    vldr s0, literal
    tbb [pc, r2]
    .byte 1, 1
    .balign 4
literal:
"""
    instructions = decode_block(assemble(source, Core.CORTEX_M4)[:16], ENTRY).instructions
    accesses = [i.access for i in instructions if i.access is not None]
    assert [access.base for access in accesses] == [None] * 4
    assert [access.offset - ENTRY for access in accesses] == [20, 20, 20, 16]


def test_double_precision_works_on_the_m7() -> None:
    made = AssembledCore(
        Core.CORTEX_M7,
        "vmov.f64 d0, #1.5\n vadd.f64 d1, d0, d0\n vmul.f64 d2, d1, d1\n bkpt 0",
    ).finish()
    assert made.core.read_register(64 + 5) == 0x4022_0000  # 9.0
