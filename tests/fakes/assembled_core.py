"""A bare emulated core that runs a few lines of assembly, to count their cycles."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tinylab.boards.board import Bus
from tinylab.boards.board import Core as CoreName
from tinylab.boards.catalog import by_name
from tinylab.sim.core.emulated_core import EmulatedCore, HostMemory, MemoryTiming, StopReason

FLASH, RAM, CACHED_RAM = 0x0800_0000, 0x2000_0000, (0x2001_0000, 0x2400_0000)
"""Cached memory directly after the tightly coupled one, as on the STM32F7, and far from it."""
ENTRY = FLASH + 0x100
MARK = 0x4000_0000
"""A read of this address records the time."""
STACK = RAM + 0x8000
BOARDS = {
    CoreName.CORTEX_M4: "nucleo_wb55rg",
    CoreName.CORTEX_M7: "nucleo_h723zg",
    CoreName.CORTEX_M33: "nucleo_u575zi_q",
}
HEADER = ".syntax unified\n.thumb\n.fpu {fpu}\n.cpu {core}\n"
FPU = {
    CoreName.CORTEX_M4: "fpv4-sp-d16",
    CoreName.CORTEX_M7: "fpv5-d16",
    CoreName.CORTEX_M33: "fpv5-sp-d16",
}


@cache
def assemble(source: str, core: CoreName) -> bytes:
    """Machine code of `source`, which starts at an address that is a multiple of 256."""
    with tempfile.TemporaryDirectory() as folder:
        text, made, code = (Path(folder) / name for name in ("a.s", "a.o", "a.bin"))
        text.write_text(HEADER.format(fpu=FPU[core], core=core) + source + "\n")
        subprocess.run(["arm-none-eabi-as", "-o", made, text], check=True)
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", made, code], check=True)
        return code.read_bytes()


@cache
def timing(core: CoreName) -> Mapping[str, int]:
    return by_name(BOARDS[core]).timing


@dataclass
class AssembledCore:
    """`source` in flash, run from its start; `marks` are the times of reads from MARK."""

    name: CoreName
    source: str
    settings: MemoryTiming = field(default_factory=MemoryTiming)
    on_write: Callable[[int, int], None] = lambda _address, _value: None
    on_flash_write: Callable[[int, int, int], None] = lambda _address, _size, _value: None
    marks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flash = HostMemory.allocate(
            "flash", FLASH, 0x1_0000, writable=False, bus=Bus.FLASH, fill=0xFF
        )
        self.ram = HostMemory.allocate("ram", RAM, 0x1_0000, writable=True, bus=Bus.TIGHT)
        memories = [self.flash, self.ram]
        if self.name is CoreName.CORTEX_M7:
            memories += (
                HostMemory.allocate("axi", base, 0x1_0000, writable=True, bus=Bus.AXI)
                for base in CACHED_RAM
            )
        code = assemble(self.source, self.name)
        self.flash.buffer[ENTRY - FLASH : ENTRY - FLASH + len(code)] = code
        self.core = EmulatedCore(
            self.name,
            memories,
            self._read,
            lambda address, _size, value: self.on_write(address, value),
            lambda address, size, value: self.on_flash_write(address, size, value),
            timing(self.name),
        )
        self.core.configure(self.settings)
        self.reset()

    def _read(self, address: int, _size: int) -> int:
        if address == MARK:
            self.marks.append(self.core.cycles_now())
        return 0

    def reset(self) -> None:
        self.core.reset(STACK, ENTRY)
        self.marks.clear()

    def run(self) -> StopReason:
        return self.core.run()

    def finish(self) -> AssembledCore:
        """Run to the BKPT at the end."""
        reason = self.run()
        assert reason is StopReason.BREAKPOINT, (reason, self.core.fault)
        return self

    @property
    def registers(self) -> list[int]:
        """R0-R12, SP, LR, PC, xPSR, then S0-S31."""
        numbers = [*range(17), *range(64, 96)]
        return [self.core.read_register(number) for number in numbers]


# Not linked, so without literals: addresses come from MOV and ADR.
MEASURED = """
    mov.w r10, #{mark:#x}
    {setup}
    movs r9, #{passes}
    .balign 32
again:
    {before}
    ldr r11, [r10]
    nop
    nop
    nop
    .balignw 32, 0xbf00
body:
    {body}
    nop
    nop
    nop
    ldr r11, [r10]
    subs r9, #1
    bne again
    bkpt 0
    .balign 32
data:
    .rept 512
    .word 0
    .endr
"""


def cycles_between_marks(
    core: CoreName, body: str, settings: MemoryTiming, setup: str, before: str
) -> int:
    """Cycles of the second pass over `body`, including the surrounding code."""
    source = MEASURED.format(mark=MARK, setup=setup, passes=2, before=before, body=body)
    marks = AssembledCore(core, source, settings).finish().marks
    return marks[-1] - marks[-2]


def cycles_of(
    core: CoreName,
    body: str,
    settings: MemoryTiming | None = None,
    *,
    setup: str = "",
    before: str = "",
) -> int:
    """Cycles that `body` adds between two marks, when it runs for the second time."""
    chosen = settings or MemoryTiming()
    with_it = cycles_between_marks(core, body, chosen, setup, before)
    return with_it - cycles_between_marks(core, "", chosen, setup, before)


def cycles_each(
    core: CoreName,
    body: str,
    settings: MemoryTiming | None = None,
    *,
    setup: str = "",
    before: str = "",
    times: int = 16,
) -> float:
    """Cycles per repetition of `body`, from the difference to twice as many repetitions."""
    chosen = settings or MemoryTiming()
    few = cycles_between_marks(core, "\n".join([body] * times), chosen, setup, before)
    many = cycles_between_marks(core, "\n".join([body] * 2 * times), chosen, setup, before)
    return (many - few) / times
