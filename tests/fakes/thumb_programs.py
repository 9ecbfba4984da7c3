"""Random programs for the differential tests, determined by the seed.

A program is a number of cases. Each starts with chosen values in all registers, runs some
twenty instructions, and stores all registers into its place in `results`.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.fakes import thumb_templates as templates

CONDITIONS = ("eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")
CORE_REGISTERS = ("r0", "r1", "r2", "r3", "r4", "r5", "r9", "r10", "r12")
SAVED = (*(f"r{n}" for n in range(13)), "apsr", "fpscr", "sp", *(f"s{n}" for n in range(32)))
"""The words of `results` for each case."""
BUFFER_WORDS, MIDDLE = 160, 256

INTEGERS = [0, 1, 2, 3, 7, 8, 0x1F, 0x20, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF,
            0x10000, 0x7FFF_7FFF, 0x8000_8000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001,
            0xFFFF_FFFE, 0xFFFF_FFFF]  # fmt: skip
FLOATS = [0, 0x8000_0000, 1, 0x807F_FFFF, 0x0080_0000, 0x3F80_0000, 0xBF80_0000, 0x7F7F_FFFF,
          0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC1_2345, 0x7F80_0001, 0xFFBF_FFFF,
          0x4B00_0001, 0x4F00_0000, 0xCF00_0000, 0x4F80_0000, 0x3F00_0000, 0x3FC0_0000,
          0x3300_0000, 0x0000_7C00, 0x3C00_FE01, 0x7FF0_0000, 0x3FF0_0000, 0x43E0_0000,
          0x7FF0_0001, 0x000F_FFFF]  # fmt: skip
"""Zeros, denormals, ones, infinities, quiet and signalling NaNs, halves and limits of integers;
some of them are such things as upper halves of double-precision numbers."""
FPSCR_MODES = 0x07C0_0000
"""AHP, DN, FZ and the rounding mode."""
MOVES_BASE = re.compile(r"\[r7\],|\]!|r7!")
"""After such an instruction, an access that requires alignment may be unaligned."""

CASE = """
    .thumb_func
case_{number}:
    push {{r4-r12, lr}}
    ldr lr, ={inputs}
    vldmia lr!, {{s0-s31}}
    ldmia lr!, {{r0, r1}}
    vmsr fpscr, r0
    ldr r7, =buffer + {middle}
    mov r11, r7
    ldr r8, =({number} & 7)
    msr apsr_nzcvqg, r1
    ldmia lr, {{r0-r5, r9, r10, r12}}
{body}
    ldr lr, =results + {saved} * {number}
    stmia lr!, {{r0-r12}}
    mrs r0, apsr
    vmrs r1, fpscr
    mov r2, sp
    stmia lr!, {{r0-r2}}
    vstmia lr!, {{s0-s31}}
    mov r0, #0
    msr basepri, r0
    pop {{r4-r12, pc}}
    .ltorg
"""
MAIN = """
    .balign 4
inputs:
    {inputs}
    .global main
    .thumb_func
main:
    push {{r4, lr}}
    {calls}
    pop {{r4, pc}}
    .data
    .global buffer
    .balign 4
buffer:
    .word {buffer}
    .bss
    .global results
    .balign 4
results:
    .space {size}
"""


@dataclass(frozen=True)
class Program:
    source: str
    bodies: tuple[str, ...]
    """The cases, for the analysis of a difference."""

    @property
    def words(self) -> int:
        """Words of `results`."""
        return len(self.bodies) * len(SAVED)


class Chooser:
    """Fills templates."""

    def __init__(self, seed: int, *, fpv5: bool, double: bool) -> None:
        self.random = random.Random(seed)
        anywhere = [templates.DATA, templates.DSP, templates.MEMORY, templates.FLOAT]
        outside = [templates.NARROW, templates.FLOW]
        if fpv5:
            anywhere.append(templates.FLOAT_V5)
            outside.append(templates.FLOAT_V5_OUTSIDE_IT)
        if double:
            anywhere.append(templates.DOUBLE)
            outside.append(templates.DOUBLE_OUTSIDE_IT)
        self.conditional = [*anywhere, templates.NARROW_IN_IT]
        self.any = anywhere + outside

    def immediate(self) -> int:
        """A constant that data processing instructions can encode (A5.3.2)."""
        byte = self.random.randrange(128, 256)
        spread = self.random.choice([0x1, 0x10001, 0x100_0100, 0x101_0101])
        return self.random.choice([byte * spread, byte << self.random.randrange(25)])

    def fill(self, template: str, condition: str = "") -> str:
        choose, below = self.random.choice, self.random.randrange
        p, q = self.random.sample(CORE_REGISTERS, 2)
        lsb = below(32)
        holes: dict[str, object] = {name: choose(CORE_REGISTERS) for name in "abcd"}
        holes |= {name: f"r{below(6)}" for name in "lmn"}
        holes |= {name: f"s{below(32)}" for name in "stu"}
        holes |= {name: f"d{below(16)}" for name in "xyz"}
        holes |= {"p": p, "q": q, "imm": self.immediate(), "cc": choose(CONDITIONS)}
        holes |= {f"i{bits}": below(1 << bits) for bits in (2, 3, 4, 5, 8, 12)}
        holes |= {f"n{limit}": 1 + below(limit) for limit in (16, 31, 32)}
        holes |= {"lsb": lsb, "width": 1 + below(32 - lsb), "ror": 8 * below(4)}
        holes |= {"word": 4 * below(1, 16), "half": 2 * below(31), "byte": 1 + below(120)}
        shifts = [f"lsl #{1 + below(31)}", f"lsr #{1 + below(32)}", f"asr #{1 + below(32)}",
                  f"ror #{1 + below(31)}", "rrx"]  # fmt: skip
        return template.replace("|", condition).format(**holes, shift=choose(shifts))

    def it_block(self) -> str:
        """One to four instructions, each executed if a condition holds, or if it does not."""
        number = self.random.randrange(14)
        chosen: list[str] = []
        for _ in range(1 + self.random.randrange(4)):
            chosen.append(self.random.choice(self.random.choice(self.conditional)))
            if MOVES_BASE.search(chosen[-1]):
                break
        then = [True] + [self.random.random() < 0.5 for _ in chosen[1:]]
        letters = "".join("t" if same else "e" for same in then)
        lines = [f"i{letters} {CONDITIONS[number]}"]
        for template, same in zip(chosen, then, strict=True):
            lines.append(self.fill(template, CONDITIONS[number if same else number ^ 1]))
        return "\n    ".join([*lines, "mov r7, r11"])

    def body(self, length: int) -> str:
        parts = []
        for _ in range(length):
            if self.random.random() < 0.3:
                parts.append(self.it_block())
            else:
                template = self.random.choice(self.random.choice(self.any))
                parts += [self.fill(template), "mov r7, r11"]
        return "    " + "\n    ".join(parts)

    def inputs(self) -> list[int]:
        """S0-S31, FPSCR, APSR, and the core registers of a case."""
        pick, bits = self.random.choice, self.random.getrandbits
        floats = [pick([pick(FLOATS), pick(FLOATS), bits(32)]) for _ in range(32)]
        modes = pick([0, bits(32) & FPSCR_MODES])
        integers = [pick([pick(INTEGERS), bits(32)]) for _ in CORE_REGISTERS]
        return [*floats, modes, bits(32) & 0xF80F_0000, *integers]


def random_program(seed: int, *, fpv5: bool, double: bool, cases: int, length: int) -> Program:
    chooser = Chooser(seed, fpv5=fpv5, double=double)
    bodies = [chooser.body(length) for _ in range(cases)]
    inputs = [chooser.inputs() for _ in range(cases)]
    size = 4 * len(inputs[0])
    text = [
        CASE.format(
            number=number,
            inputs=f"inputs + {size} * {number}",
            middle=MIDDLE,
            saved=4 * len(SAVED),
            body=body,
        )
        for number, body in enumerate(bodies)
    ]
    buffer = [chooser.random.getrandbits(32) for _ in range(BUFFER_WORDS)]
    tail = MAIN.format(
        inputs="\n    ".join(".word " + ", ".join(map(hex, words)) for words in inputs),
        calls="\n    ".join(f"bl case_{number}" for number in range(cases)),
        buffer=", ".join(map(hex, buffer)),
        size=4 * len(SAVED) * cases,
    )
    return Program("".join([templates.LEAVES, *text, tail]), tuple(bodies))
