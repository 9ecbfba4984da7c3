"""Which core an ELF file was compiled for, and whether a board's core can run it.

Compilers record the architecture, its profile and the floating-point unit in the section
.ARM.attributes ("Addenda to the ABI for the Arm Architecture", build attributes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from elftools.elf.elffile import ELFFile

from tinylab.boards.board import Board, Core
from tinylab.build.arm_attributes import CPU_NAME, attributes
from tinylab.errors import InputError

ARCHITECTURES = {
    10: "Armv7-M",
    11: "Armv6-M",
    12: "Armv6-M",
    13: "Armv7E-M",
    16: "Armv8-M Baseline",
    17: "Armv8-M Mainline",
    21: "Armv8.1-M Mainline",
}
"""Values of Tag_CPU_arch in the M profile."""
TYPICAL_CORE = {
    "Armv6-M": "a Cortex-M0 or M0+",
    "Armv7-M": "a Cortex-M3",
    "Armv7E-M": "a Cortex-M4 or M7",
    "Armv8-M Baseline": "a Cortex-M23",
    "Armv8-M Mainline": "a Cortex-M33",
    "Armv8.1-M Mainline": "a Cortex-M55 or M85",
}
V7 = frozenset({"Armv6-M", "Armv7-M", "Armv7E-M"})
RUNS = {
    Core.CORTEX_M4: V7,
    Core.CORTEX_M7: V7,
    Core.CORTEX_M33: V7 | {"Armv8-M Baseline", "Armv8-M Mainline"},
}
M_PROFILE = ord("M")
FPV5 = 7
"""Tag_FP_arch: from this value on, the unit has FPv5's instructions."""
CPU_ARCH, CPU_ARCH_PROFILE, FP_ARCH, ABI_HARDFP_USE, ABI_VFP_ARGS = 6, 7, 10, 27, 28
VFP_REGISTERS = 1
"""Tag_ABI_VFP_args: floats are passed in FPU registers."""
VFP_EITHER = 3
"""Tag_ABI_VFP_args: no function takes or returns floats, so both ways fit."""
SINGLE_ONLY = 1
"""Tag_ABI_HardFP_use: no double-precision instruction was allowed."""


@dataclass(frozen=True)
class CompiledFor:
    """The decoded attributes; `floating_point` is GCC's name of the unit, None without an FPU."""

    architecture: str
    floating_point: str | None
    hard_float: bool = False
    """Whether functions take floats in FPU registers."""
    cpu: str = ""
    """The core's name, if one was given to the compiler: `Cortex-M4`."""

    @property
    def described(self) -> str:
        """`Armv7E-M with fpv4-sp-d16`."""
        unit = f" with {self.floating_point}" if self.floating_point else ""
        return f"{self.cpu or self.architecture}{unit}"

    def runs_on(self, board: Board) -> bool:
        """Whether `board`'s core has the instructions, not considering double precision.

        Some libraries for cores without double precision are marked as using it, but use it only
        when the application passes doubles.
        """
        unit = self.floating_point
        newer = unit is not None and unit.startswith("fpv5") and not board.fpu.startswith("fpv5")
        return self.architecture in RUNS[board.core] and not newer

    def check(self, name: str, board: Board) -> None:
        """Raises InputError if `board`'s core lacks instructions that the image may use."""
        core = f"the {board.title} has a Cortex-{board.core.short}"
        if self.architecture not in RUNS[board.core]:
            other = TYPICAL_CORE.get(self.architecture, f"an {self.architecture} core")
            raise InputError(
                f"{name} was compiled for {other} ({self.architecture}); {core}.",
                remedy=f"Compile it with -mcpu={board.core}, or name the board that it is for.",
            )
        if self.floating_point is not None and not _includes(board.fpu, self.floating_point):
            raise InputError(
                f"{name} may use the floating-point instructions of {self.floating_point}; "
                f"{core} with {board.fpu}.",
                remedy=f"Compile it with -mcpu={board.core} -mfpu={board.fpu}, or name the board "
                "that it is for.",
            )


def compiled_for(elf: ELFFile) -> CompiledFor | None:
    """The file's decoded attributes; None if it has none."""
    section = elf.get_section_by_name(".ARM.attributes")
    return decoded(section.data()) if section is not None else None


def decoded(section: bytes) -> CompiledFor | None:
    """The attributes in the contents of the section .ARM.attributes; None if it has none."""
    tags = attributes(section)
    number = tags.get(CPU_ARCH)
    if number is None:
        return None
    cpu = str(tags.get(CPU_NAME, ""))
    is_m = tags.get(CPU_ARCH_PROFILE, M_PROFILE) == M_PROFILE and number in ARCHITECTURES
    named = cpu or f"architecture {number}"
    return CompiledFor(
        ARCHITECTURES[int(number)] if is_m else named,
        _floating_point(tags),
        hard_float=tags.get(ABI_VFP_ARGS) in (VFP_REGISTERS, VFP_EITHER),
        cpu=cpu,
    )


def _floating_point(tags: Mapping[int, int | str]) -> str | None:
    version = tags.get(FP_ARCH)
    if not isinstance(version, int) or version == 0:
        return None
    generation = "fpv5" if version >= FPV5 else "fpv4"
    precision = "sp-d16" if tags.get(ABI_HARDFP_USE) == SINGLE_ONLY else "d16"
    return f"{generation}-{precision}"


def _includes(unit: str, wanted: str) -> bool:
    """Whether `unit` has all instructions of `wanted`."""
    newer = unit.startswith("fpv5") or wanted.startswith("fpv4")
    wider = "-sp-" not in unit or "-sp-" in wanted
    return newer and wider
