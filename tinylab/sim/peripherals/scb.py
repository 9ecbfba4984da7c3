"""System control block, FPU and cache maintenance registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.boards.board import Core
from tinylab.sim.bus import Peripheral

BASE, SIZE = 0xE000_ED00, 0xF0
FPU_BASE, FPU_SIZE = 0xE000_EF00, 0x100
SECURITY_BASE, SECURITY_SIZE = 0xE000_EE00, 0x10
"""DAUTHCTRL and DSCSR of Armv8-M; 0 says that the core is in the non-secure state."""
CPUID, VTOR, AIRCR, CCR, SHCSR = 0x00, 0x08, 0x0C, 0x14, 0x24
CFSR, HFSR, DFSR, MMFAR, BFAR = 0x28, 0x2C, 0x30, 0x34, 0x38
CLIDR, CTR, CCSIDR, CSSELR = 0x78, 0x7C, 0x80, 0x84
CCR_DC, CCR_IC = 1 << 16, 1 << 17
AIRCR_KEY, AIRCR_READ_KEY = 0x05FA, 0xFA05
VECTRESET, SYSRESETREQ = 1 << 0, 1 << 2

# Identification at reset, by offset from SCB (the cores' technical reference manuals, register
# summaries): ISAR3, CLIDR, MPU_TYPE; CCR.STKALIGN. Of the M33 also PFR0 to DFR0, ISAR0 to ISAR4.
_IDENTIFICATION: Mapping[Core, Mapping[int, int]] = {
    Core.CORTEX_M4: {0x6C: 0x0111_0131, 0x90: 0x0000_0800, CCR: 0x200},
    Core.CORTEX_M7: {
        0x6C: 0x0111_0131,
        CLIDR: 0x0900_0003,
        CTR: 0x8303_C003,
        0x90: 0x0000_1000,
        CCR: 0x0004_0200,
    },
    Core.CORTEX_M33: {
        0x40: 0x30,
        0x44: 0x210,
        0x48: 0x0020_0000,
        0x60: 0x0110_1110,
        0x64: 0x0221_2000,
        0x68: 0x2023_2232,
        0x6C: 0x0111_1131,
        0x70: 0x0131_0132,
        0x90: 0x0000_0800,
        CCR: 0x201,
    },
}
# FPCCR, MVFR0, MVFR1, MVFR2 by offset from FPU_BASE.
_FPU: Mapping[Core, Mapping[int, int]] = {
    Core.CORTEX_M4: {0x34: 0xC000_0000, 0x40: 0x1011_0021, 0x44: 0x1100_0011, 0x48: 0},
    Core.CORTEX_M7: {0x34: 0xC000_0000, 0x40: 0x1011_0221, 0x44: 0x1200_0011, 0x48: 0x40},
    Core.CORTEX_M33: {0x34: 0xC000_0004, 0x40: 0x1011_0021, 0x44: 0x1100_0011, 0x48: 0x40},
}


class SCB(Peripheral):
    """System control block (ARM DDI 0403, B3.2).

    `vectors` is where VTOR points after a reset. `on_caches` is called when CCR's cache bits
    change, `on_reset` when the core or the debugger asks for a reset through AIRCR.
    """

    def __init__(
        self,
        core: Core,
        cpuid: int,
        vectors: int,
        timing: Mapping[str, int],
        on_caches: Callable[[], None],
        on_reset: Callable[[], None],
    ) -> None:
        self._defaults = {CPUID: cpuid, VTOR: vectors, **_IDENTIFICATION[core]}
        self._timing = timing
        self._on_caches = on_caches
        self._on_reset = on_reset
        super().__init__()
        self.words = dict(self._defaults)

    def reset(self) -> None:
        """Back to the defaults, but DFSR stays: it tells the debugger why the core halted."""
        self.words = {**self._defaults, DFSR: self.words.get(DFSR, 0)}

    @property
    def instruction_cache(self) -> bool:
        return bool(self.words[CCR] & CCR_IC)

    @property
    def data_cache(self) -> bool:
        return bool(self.words[CCR] & CCR_DC)

    @property
    def vector_table(self) -> int:
        return self.words[VTOR]

    def set_bits(self, offset: int, bits: int) -> None:
        """Set status bits that software clears by writing ones."""
        self.words[offset] = self.words.get(offset, 0) | bits

    def read(self, offset: int) -> int:
        if offset == AIRCR:
            return AIRCR_READ_KEY << 16 | super().read(AIRCR)
        if offset == CCSIDR:
            return self._cache_geometry()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset in (CFSR, HFSR, DFSR):
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset == AIRCR:
            self._write_aircr(value)
        elif offset == CCR:
            super().write(CCR, value)
            self._on_caches()
        elif offset == VTOR:
            super().write(VTOR, value & ~0x7F)
        elif offset not in (CPUID, CLIDR, CTR, CCSIDR):
            super().write(offset, value)

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != AIRCR_KEY:
            return
        super().write(AIRCR, value & 0x700)
        if value & (VECTRESET | SYSRESETREQ):
            self._on_reset()

    def _cache_geometry(self) -> int:
        """CCSIDR of the cache that CSSELR names: sets, ways and words in a line."""
        name = "icache" if self.words.get(CSSELR, 0) & 1 else "dcache"
        size = self._timing.get(f"{name}_bytes", 0)
        if not size:
            return 0
        ways, line = self._timing[f"{name}_ways"], self._timing["line_bytes"]
        sets = size // ways // line
        line_code = (line // 4).bit_length() - 3
        return 0xF << 28 | sets - 1 << 13 | ways - 1 << 3 | line_code


class FPU(Peripheral):
    """FPU registers; the cache maintenance registers beside them read as 0."""

    def __init__(self, core: Core) -> None:
        self._defaults = dict(_FPU[core])
        super().__init__()
        self.words = dict(self._defaults)

    def reset(self) -> None:
        self.words = dict(self._defaults)
