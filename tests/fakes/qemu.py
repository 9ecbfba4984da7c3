"""Images that run unchanged in qemu-system-arm and in tinylab's emulator.

An image works in RAM and ends with three semihosting calls: qemu writes out all of that RAM
for it and ends; our emulator stops before the first, so that its memory can be looked at.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from elftools.elf.elffile import ELFFile

from tinylab.boards.board import Core

FLASH_SIZE, RAM_SIZE, DUMPED = 0x10_0000, 0x2_0000, 0x1_F000
"""The page of RAM after the dumped area, which semihosting uses itself."""
SECONDS_FOR_QEMU = 240
"""Time limit, so that an image that hangs in qemu fails the test."""


@dataclass(frozen=True)
class Machine:
    """A machine of qemu: the addresses of its memories, and compiler options for it."""

    name: str
    core: Core
    fpu: str
    flash: int
    ram: int

    @property
    def options(self) -> tuple[str, ...]:
        return ("-mthumb", f"-mcpu={self.core}", f"-mfpu={self.fpu}", "-mfloat-abi=hard")


M4 = Machine("netduinoplus2", Core.CORTEX_M4, "fpv4-sp-d16", 0x0800_0000, 0x2000_0000)
M7 = Machine("mps2-an500", Core.CORTEX_M7, "fpv5-d16", 0x0000_0000, 0x2000_0000)
M33 = Machine("mps2-an505", Core.CORTEX_M33, "fpv5-sp-d16", 0x1000_0000, 0x3800_0000)
MACHINES = (M4, M7, M33)

START = Path(__file__).with_name("qemu_start.s")

SCRIPT = """
MEMORY {{ FLASH (rx) : ORIGIN = {flash:#x}, LENGTH = {flash_size:#x}
          RAM (rwx) : ORIGIN = {ram:#x}, LENGTH = {dumped:#x} }}
SECTIONS {{
  .text : {{ KEEP(*(.vectors)) *(.text* .rodata*) . = ALIGN(4); }} > FLASH
  .ARM.exidx : {{ *(.ARM.exidx*) }} > FLASH
  .data : {{ _data = .; *(.data*) . = ALIGN(4); _data_end = .; }} > RAM AT > FLASH
  .bss : {{ *(.bss* COMMON) . = ALIGN(8); end = .; }} > RAM
}}
_data_in_flash = LOADADDR(.data);
_ram = {ram:#x};
_dumped = {dumped:#x};
_semihosting = _ram + _dumped;
_stack = _ram + _dumped;
"""


@dataclass(frozen=True)
class Image:
    """The contents of flash, and the addresses of symbols."""

    machine: Machine
    elf: Path
    code: bytes
    symbols: Mapping[str, int]

    def bytes(self, memory: bytes, symbol: str, size: int) -> bytes:
        """`size` bytes at `symbol` of a dump of RAM."""
        offset = self.symbols[symbol] - self.machine.ram
        return memory[offset : offset + size]

    def words(self, memory: bytes, symbol: str, count: int) -> npt.NDArray[np.uint32]:
        """`count` words at `symbol` of a dump of RAM."""
        return np.frombuffer(self.bytes(memory, symbol, 4 * count), "<u4")


def build(
    machine: Machine, folder: Path, sources: Mapping[str, str], extra: Sequence[str | Path] = ()
) -> Image:
    """Compile and link `sources` (file name: text), one of which has a `main`."""
    for name, text in sources.items():
        (folder / name).write_text(text)
    script, elf = folder / "link.ld", folder / "image.elf"
    script.write_text(
        SCRIPT.format(flash=machine.flash, flash_size=FLASH_SIZE, ram=machine.ram, dumped=DUMPED)
    )
    linking = ("-nostartfiles", "--specs=nosys.specs", "-T", script, "-Wl,--no-warn-rwx-segments")
    command = (
        "arm-none-eabi-gcc",
        *machine.options,
        "-O2",
        *linking,
        START,
        *sources,
        *extra,
        "-lm",
    )
    done = subprocess.run(
        [*map(str, command), "-o", str(elf)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return load(machine, elf)


def load(machine: Machine, path: Path) -> Image:
    """The image in an ELF file."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        code = bytearray()
        for segment in elf.iter_segments("PT_LOAD"):
            if segment["p_filesz"]:
                offset = segment["p_paddr"] - machine.flash
                code.extend(bytes(offset - len(code)))
                code[offset:] = segment.data()
        table = elf.get_section_by_name(".symtab")
        symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
    return Image(machine, path, bytes(code), symbols)


def run(image: Image) -> bytes:
    """RAM at the end of the image, run in qemu-system-arm."""
    program = shutil.which("qemu-system-arm")
    if program is None:
        raise FileNotFoundError(
            "These tests compare with qemu-system-arm, which is not installed: "
            "apt-get install qemu-system-arm, or make setup for everything that tests need."
        )
    quiet = ("-display", "none", "-monitor", "none", "-serial", "null")
    semihosting = ("-semihosting-config", "enable=on,target=native")
    command = (program, "-machine", image.machine.name, *quiet, *semihosting)
    done = subprocess.run(
        [*command, "-kernel", str(image.elf)],
        capture_output=True,
        timeout=SECONDS_FOR_QEMU,
        check=False,
    )
    assert len(done.stdout) == DUMPED, (done.stdout[:200], done.stderr)
    return done.stdout
