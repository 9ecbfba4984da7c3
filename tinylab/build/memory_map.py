"""Writes a board's files for PlatformIO, the compiler and the linker from its record."""

from __future__ import annotations

import json

from tinylab.boards.board import Board, Memory
from tinylab.errors import BuildError

STACK_BYTES = 4096
"""Reserved at the top of the first RAM; the firmware reports how much of it was used."""


def board_manifest(board: Board) -> bytes:
    """The board as PlatformIO's `boards/NAME.json`."""
    manifest = {
        "name": board.title,
        "vendor": "ST",
        "url": "https://www.st.com",
        "build": {
            "mcu": board.mcu.lower(),
            "cpu": board.core.value,
            "fpu": board.fpu,
            "extra_flags": f"-DTL_FAMILY_{board.family.upper()} -DTL_CORE_{board.core.short}",
        },
        "upload": {
            "maximum_size": board.flash.size,
            "maximum_ram_size": sum(memory.size for memory in board.ram),
        },
    }
    return json.dumps(manifest, indent=2).encode()


def serial_header(board: Board) -> bytes:
    """The probe's serial port as `boards/serial.h`; without macros if the record is incomplete.

    Raises BuildError when the pin's GPIO port is not among the board's peripherals.
    """
    port = board.serial
    lines = [f"/* The serial port of the {board.title} that is connected to its probe. */"]
    if port.alternate is not None and port.enable:
        enable = ", ".join(f"{{{address:#010x}u, {bit}u}}" for address, bit in port.enable)
        lines += [
            f"#define TL_SERIAL {port.base:#010x}u",
            *_pin(board, "TL_SERIAL", port.tx),
            *_receiving(board),
            f"#define TL_SERIAL_ALTERNATE {port.alternate}u",
            f"#define TL_SERIAL_ENABLE {enable}",
        ]
    return ("\n".join(lines) + "\n").encode()


def _receiving(board: Board) -> list[str]:
    """What the firmware needs to read the port; nothing if the record is incomplete."""
    interrupt = board.interrupts.get(board.serial.name)
    if not board.serial.rx.startswith("P") or not isinstance(interrupt, int):
        return []
    return [
        *_pin(board, "TL_SERIAL_RX", board.serial.rx),
        f"#define TL_SERIAL_IRQ {interrupt}u",
    ]


def _pin(board: Board, prefix: str, pin: str) -> list[str]:
    gpio = f"GPIO{pin[1]}"
    if gpio not in board.peripherals:
        raise BuildError(
            f"The board {board.name} has no {gpio}, which its serial port's pin belongs to.",
            remedy=f"Add it to [peripherals] of the board file: its name, or {gpio} = 0x...",
        )
    return [
        f"#define {prefix}_GPIO {board.peripherals[gpio]:#010x}u",
        f"#define {prefix}_PIN {pin[2:]}u",
    ]


def linker_regions(
    board: Board, arena: Memory | None = None, scratch: Memory | None = None
) -> bytes:
    """The regions that `scripts/firmware.ld` includes, with activations in the memory `arena`.

    Default: the first RAM; of scratch memory, that of the activations.
    """
    arena = arena or board.ram[0]
    stack_base = board.ram[0].base + board.ram[0].size - STACK_BYTES
    regions = [
        _region("FLASH", "rx", board.flash.base, board.flash.size),
        _region("RAM", "rw", board.ram[0].base, board.ram[0].size - STACK_BYTES),
        _region("STACK", "rw", stack_base, STACK_BYTES),
    ]
    for memory in (*board.ram[1:], *board.other_ram):
        regions.append(_region(region_of(board, memory), "rwx", memory.base, memory.size))
    lines = [
        f"/* Memories of the {board.title}. */",
        "MEMORY",
        "{",
        *regions,
        "}",
        f'REGION_ALIAS("ARENA", {region_of(board, arena)})',
        f'REGION_ALIAS("SCRATCH", {region_of(board, scratch or arena)})',
    ]
    return ("\n".join(lines) + "\n").encode()


def region_of(board: Board, memory: Memory) -> str:
    """The linker's name of a memory: `FLASH`, `RAM`, `RAM1`."""
    if memory == board.flash:
        return "FLASH"
    number = (*board.ram, *board.other_ram).index(memory)
    return f"RAM{number}" if number else "RAM"


def _region(name: str, access: str, base: int, size: int) -> str:
    return f"    {name} ({access}) : ORIGIN = {base:#010x}, LENGTH = {size:#x}"
