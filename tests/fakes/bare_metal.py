"""Small firmware for virtual boards, compiled from a string."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from tinylab.boards.board import Board

COMPILER = "arm-none-eabi-gcc"
FLAGS = ("-mthumb", "-std=c11", "-O1", "-ffreestanding", "-nostdlib", "-Wall", "-Werror")

START = """
#include <stdint.h>
#define REG(address) (*(volatile uint32_t *)(address))
#define NOINIT __attribute__((section(".noinit")))
extern uint32_t _stack;
#define WEAK __attribute__((weak))
void reset(void);
WEAK void nmi(void);
WEAK void hard_fault(void);
WEAK void bus_fault(void);
WEAK void usage_fault(void);
WEAK void svc(void);
WEAK void pend_sv(void);
WEAK void sys_tick(void);
#ifndef INTERRUPTS
#define INTERRUPTS
#endif
__attribute__((section(".vectors"), used)) static void *const vectors[16 + 180] = {
    &_stack, (void *)reset, (void *)nmi, (void *)hard_fault,
    [5] = (void *)bus_fault, (void *)usage_fault,
    [11] = (void *)svc, [14] = (void *)pend_sv, (void *)sys_tick, INTERRUPTS};
"""

SCRIPT = """
MEMORY {{ FLASH (rx) : ORIGIN = {flash:#x}, LENGTH = {flash_size:#x}
          RAM (rwx) : ORIGIN = {ram:#x}, LENGTH = {ram_size:#x} }}
SECTIONS {{
  .text : {{ KEEP(*(.vectors)) *(.text*) *(.rodata*) }} > FLASH
  .noinit (NOLOAD) : {{ *(.noinit*) *(.bss*) *(COMMON) }} > RAM
  /DISCARD/ : {{ *(.ARM.ex*) *(.comment) }}
}}
_stack = {ram:#x} + {ram_size:#x};
"""


@dataclass(frozen=True)
class Firmware:
    """An image: pieces of flash, and addresses of symbols (functions without the Thumb bit)."""

    segments: tuple[tuple[int, bytes], ...]
    symbols: Mapping[str, int]


def compile_firmware(
    board: Board,
    folder: Path,
    source: str,
    interrupts: Mapping[int, str] | None = None,
    flags: Sequence[str] = (),
) -> Firmware:
    """`source` needs a `void reset(void)` and may have handlers such as `void sys_tick(void)`.

    `interrupts` names functions by interrupt number. Variables marked NOINIT are in RAM and
    start with what is there. The ELF file is `main.elf` in `folder`; `flags` go to the
    compiler behind all others.
    """
    program, script, elf_path = (folder / name for name in ("main.c", "link.ld", "main.elf"))
    handlers = interrupts or {}
    declared = "".join(f"void {name}(void);\n" for name in handlers.values())
    vectors = ", ".join(f"[16 + {n}] = (void *){name}" for n, name in handlers.items())
    program.write_text(f"{declared}#define INTERRUPTS {vectors}\n{START}{source}")
    ram = board.ram[0]
    script.write_text(
        SCRIPT.format(
            flash=board.flash.base,
            flash_size=board.flash.size,
            ram=ram.base,
            ram_size=ram.size,
        )
    )
    core = (f"-mcpu={board.core}", f"-mfpu={board.fpu}", "-mfloat-abi=hard")
    command = (COMPILER, *core, *FLAGS, "-T", script, "-Wl,--no-warn-rwx-segments", program)
    command += tuple(flags)
    subprocess.run([*map(str, command), "-o", str(elf_path)], check=True)
    with elf_path.open("rb") as stream:
        elf = ELFFile(stream)
        segments = tuple(
            (segment["p_paddr"], segment.data())
            for segment in elf.iter_segments("PT_LOAD")
            if segment["p_filesz"]
        )
        symbols = {
            symbol.name: symbol["st_value"] & ~1
            if symbol["st_info"]["type"] == "STT_FUNC"
            else symbol["st_value"]
            for symbol in elf.get_section_by_name(".symtab").iter_symbols()
        }
    return Firmware(segments, symbols)
