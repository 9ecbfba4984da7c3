"""Unaligned accesses fault, or work, as in qemu-system-arm, with the same stack frames.

The image tries each instruction at each offset; its handler notes the fault and goes on. Compared
on the virtual boards of the M4 and M7, as exceptions are (test_qemu_exceptions.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import qemu
from tests.fakes.emulated_images import difference
from tests.fakes.qemu import M4, M7, Machine
from tests.virtual.core.test_qemu_exceptions import ram_after

FAULTS = (
    "ldrd r2, r3, [r0]",
    "ldrd r2, r3, [r0], #8",
    "strd r2, r3, [r0, #8]",
    "ldm r0, {r2, r3}",
    "ldm r0!, {r2, r3}",
    "ldmdb r0, {r2, r3}",
    "stm r0, {r2, r3}",
    "stmdb r0!, {r2, r3}",
    "vldr s0, [r0]",
    "vldr s0, [r0, #4]",
    "vstr s0, [r0]",
    "vldm r0, {s0-s3}",
    "vldmdb r0!, {s0-s3}",
    "vstm r0!, {s0-s3}",
    "vldr d1, [r0]",
    "vstr d1, [r0, #-8]",
    "ldrex r2, [r0]",
    "ldrexh r2, [r0]",
)
"""At some of the offsets 0 to 3. Of STREX, qemu checks only those that store."""
WORKS = (
    "ldr r2, [r0]",
    "str r2, [r0, #4]",
    "ldrh r2, [r0]",
    "ldrsh r2, [r0, r1]",
    "strh r2, [r0]",
    "ldrb r2, [r0]",
    "ldr r2, [r0, r1, lsl #2]",
    "ldr.w r2, [r0], #3",
    "ldrexb r2, [r0]",
)
"""Faults only with UNALIGN_TRP."""

IMAGE = """
#include <stdint.h>
#define CCR (*(volatile uint32_t *)0xE000ED14u)
#define SHCSR (*(volatile uint32_t *)0xE000ED24u)
#define CFSR (*(volatile uint32_t *)0xE000ED28u)
typedef struct {{ uint32_t cfsr, status, place, r0, r2, r3; }} Note;
Note notes[{count}];
uint32_t noted, buffer[16] __attribute__((aligned(64)));
extern uint8_t first[];
void note(uint32_t *frame) {{
  const uint16_t code = *(uint16_t *)frame[6];
  notes[noted++] =
      (Note){{CFSR, frame[7], frame[6] - (uint32_t)first, frame[0], frame[2], frame[3]}};
  CFSR = 0xFFFFFFFFu;
  frame[6] += code >> 11 >= 0x1D ? 4u : 2u;
  frame[7] = (frame[7] & ~0x0600FC00u);
}}
__attribute__((naked)) void usage_handler(void) {{ __asm volatile("mov r0, sp\\n b note"); }}
static void tried(uint32_t at) {{
  register uint32_t r0 __asm("r0") = at;
  (void)r0;
  {tries}
}}
int main(void) {{
  SHCSR |= 1u << 18;
  for (uint32_t trap = 0; trap < 2; ++trap) {{
    CCR = (CCR & ~8u) | trap << 3;
    __asm volatile("dsb\\n isb" ::: "memory");
    for (uint32_t offset = 0; offset < 4; ++offset) tried((uint32_t)&buffer[6] + offset);
  }}
  return 0;
}}
"""
TRY = """__asm volatile("{label} mov r0, %0\\n movs r1, #2\\n cmp r1, #2\\n {code}"
    :: "r"(at) : "r0", "r1", "r2", "r3", "s0", "s1", "s2", "s3", "cc", "memory");"""


def conditional(code: str) -> str:
    """The instruction as the second of three in an IT block."""
    name, operands = code.split(" ", 1)
    name = name.replace(".w", "")
    mode = next((end for end in ("db",) if name.endswith(end)), "")
    name = name.removesuffix(mode)
    return f"ittt eq\\n addeq r1, #1\\n {name}{mode}eq {operands}\\n addeq r1, #2"


def source() -> str:
    codes = [*FAULTS, *WORKS]
    codes += [conditional(code) for code in codes]
    tries = "\n  ".join(
        TRY.format(label="" if number else ".global first\\n first:", code=code)
        for number, code in enumerate(codes)
    )
    return IMAGE.format(count=8 * len(codes), tries=tries)


@pytest.mark.parametrize("machine", [M4, M7], ids=lambda machine: machine.name)
def test_unaligned_accesses_fault_as_in_qemu(machine: Machine, tmp_path: Path) -> None:
    image = qemu.build(machine, tmp_path, {"main.c": source()}, ("-Wall", "-Werror"))
    wanted = qemu.run(image)
    assert not image.words(wanted, "unexpected_exception", 1).any()
    faults = int(image.words(wanted, "noted", 1)[0])
    assert faults > 2 * 3 * len(FAULTS)
    memory = ram_after(image)
    assert memory == wanted, difference(image, memory, wanted)
