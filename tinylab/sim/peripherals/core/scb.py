"""System control block, FPU and cache maintenance registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinylab.boards.board import Core
from tinylab.sim.bus import Peripheral
from tinylab.sim.peripherals.core.nvic import (
    BUS_FAULT,
    FIRST_INTERRUPT,
    MEM_MANAGE,
    NMI,
    NVIC,
    PEND_SV,
    SV_CALL,
    SYS_TICK,
    USAGE_FAULT,
)

BASE, SIZE = 0xE000_ED00, 0x90
FPU_BASE, FPU_SIZE = 0xE000_EF00, 0x100
SECURITY_BASE, SECURITY_SIZE = 0xE000_EE00, 0x10
"""DAUTHCTRL and DSCSR of Armv8-M; 0 means that the core is in the non-secure state."""
CPUID, ICSR, VTOR, AIRCR, SCR, CCR, SHCSR = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x24
SHPR1, SHPR3 = 0x18, 0x20
FIRST_PRIORITY = 4
"""SHPR1 starts with the priority of exception 4."""
CFSR, HFSR, DFSR, MMFAR, BFAR = 0x28, 0x2C, 0x30, 0x34, 0x38
CLIDR, CTR, CCSIDR, CSSELR = 0x78, 0x7C, 0x80, 0x84
STIR = 0x00
"""By offset from FPU_BASE."""
CCR_DC, CCR_IC = 1 << 16, 1 << 17
AIRCR_KEY, AIRCR_READ_KEY = 0x05FA, 0xFA05
VECTRESET, SYSRESETREQ = 1 << 0, 1 << 2
PRIGROUP = 8
UNALIGN_TRP = 1 << 3
SLEEPONEXIT, SLEEPDEEP, SEVONPEND = 1 << 1, 1 << 2, 1 << 4
PEND_BITS = {1 << 31: NMI, 1 << 28: PEND_SV, 1 << 26: SYS_TICK}
"""ICSR: NMIPENDSET, PENDSVSET, PENDSTSET."""
UNPEND_BITS = {1 << 27: PEND_SV, 1 << 25: SYS_TICK}
ISRPENDING, VECTPENDING, RETTOBASE = 1 << 22, 12, 1 << 11
ENABLE_BITS = {MEM_MANAGE: 1 << 16, BUS_FAULT: 1 << 17, USAGE_FAULT: 1 << 18}
"""SHCSR.MEMFAULTENA, BUSFAULTENA, USGFAULTENA."""
ACTIVE_BITS = {
    0: MEM_MANAGE,
    1: BUS_FAULT,
    3: USAGE_FAULT,
    7: SV_CALL,
    8: 12,
    10: PEND_SV,
    11: SYS_TICK,
}
PENDED_BITS = {12: USAGE_FAULT, 13: MEM_MANAGE, 14: BUS_FAULT, 15: SV_CALL}

# Identification at reset, by offset from SCB (the cores' technical reference manuals, register
# summaries): ISAR3, CLIDR; CCR.STKALIGN. Of the M33 also PFR0 to DFR0, ISAR0 to ISAR4.
_IDENTIFICATION: Mapping[Core, Mapping[int, int]] = {
    Core.CORTEX_M4: {0x6C: 0x0111_0131, CCR: 0x200},
    Core.CORTEX_M7: {
        0x6C: 0x0111_0131,
        CLIDR: 0x0900_0003,
        CTR: 0x8303_C003,
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
        CCR: 0x201,
    },
}
# FPCCR, MVFR0, MVFR1, MVFR2 by offset from FPU_BASE.
_FPU: Mapping[Core, Mapping[int, int]] = {
    Core.CORTEX_M4: {0x34: 0xC000_0000, 0x40: 0x1011_0021, 0x44: 0x1100_0011, 0x48: 0},
    Core.CORTEX_M7: {0x34: 0xC000_0000, 0x40: 0x1011_0221, 0x44: 0x1200_0011, 0x48: 0x40},
    Core.CORTEX_M33: {0x34: 0xC000_0004, 0x40: 0x1011_0021, 0x44: 0x1100_0011, 0x48: 0x40},
}
_SINGLE_PRECISION: Mapping[int, int] = {0x40: 0x1011_0021, 0x44: 0x1100_0011}


class SCB(Peripheral):
    """System control block (ARM DDI 0403, B3.2).

    `vectors` is VTOR after a reset. `on_control` is called when CCR changes,
    `on_reset` when the core or the debugger requests a reset through AIRCR. `handling` returns
    the exception being handled, whose state is in `nvic`.
    """

    def __init__(
        self,
        core: Core,
        cpuid: int,
        vectors: int,
        timing: Mapping[str, int],
        on_control: Callable[[], None],
        on_reset: Callable[[], None],
        nvic: NVIC,
        handling: Callable[[], int],
    ) -> None:
        self._defaults = {CPUID: cpuid, VTOR: vectors, **_IDENTIFICATION[core]}
        self._timing = timing
        self._on_control = on_control
        self._on_reset = on_reset
        self._nvic = nvic
        self._handling = handling
        super().__init__()
        self.words = dict(self._defaults)

    def reset(self) -> None:
        """Set the defaults, except DFSR: it reports to the debugger why the core halted."""
        self.words = {**self._defaults, DFSR: self.words.get(DFSR, 0)}

    @property
    def instruction_cache(self) -> bool:
        return bool(self.words[CCR] & CCR_IC)

    @property
    def data_cache(self) -> bool:
        return bool(self.words[CCR] & CCR_DC)

    @property
    def traps_unaligned(self) -> bool:
        return bool(self.words[CCR] & UNALIGN_TRP)

    @property
    def vector_table(self) -> int:
        return self.words[VTOR]

    @property
    def sleeps_on_exit(self) -> bool:
        return bool(self.words.get(SCR, 0) & SLEEPONEXIT)

    @property
    def sleeps_deeply(self) -> bool:
        return bool(self.words.get(SCR, 0) & SLEEPDEEP)

    @property
    def pending_is_event(self) -> bool:
        """SEVONPEND: an exception that becomes pending, enabled or not, is an event for WFE."""
        return bool(self.words.get(SCR, 0) & SEVONPEND)

    def handles(self, fault: int) -> bool:
        """Whether SHCSR enables that fault's own handler."""
        return bool(self.words.get(SHCSR, 0) & ENABLE_BITS[fault])

    def set_bits(self, offset: int, bits: int) -> None:
        """Set status bits that software clears by writing ones."""
        self.words[offset] = self.words.get(offset, 0) | bits

    def read(self, offset: int) -> int:
        if offset == AIRCR:
            return AIRCR_READ_KEY << 16 | super().read(AIRCR)
        if offset == CCSIDR:
            return self._cache_geometry()
        if offset == ICSR:
            return self._interrupt_state()
        if offset == SHCSR:
            return self._handler_state()
        if SHPR1 <= offset <= SHPR3:
            first = FIRST_PRIORITY + offset - SHPR1
            return int.from_bytes(bytes(self._nvic.priorities[first : first + 4]), "little")
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset in (CFSR, HFSR, DFSR):
            self.words[offset] = self.words.get(offset, 0) & ~value
        elif offset == AIRCR:
            self._write_aircr(value)
        elif offset == ICSR:
            self._write_icsr(value)
        elif offset == SHCSR:
            super().write(SHCSR, value & sum(ENABLE_BITS.values()))
        elif SHPR1 <= offset <= SHPR3:
            self._nvic.set_priorities(FIRST_PRIORITY + offset - SHPR1, value)
        elif offset == CCR:
            super().write(CCR, value)
            self._on_control()
        elif offset == VTOR:
            super().write(VTOR, value & ~0x7F)
        elif offset not in (CPUID, CLIDR, CTR, CCSIDR):
            super().write(offset, value)

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != AIRCR_KEY:
            return
        super().write(AIRCR, value & 7 << PRIGROUP)
        self._nvic.group_shift = (value >> PRIGROUP & 7) + 1
        if value & (VECTRESET | SYSRESETREQ):
            self._on_reset()

    def _write_icsr(self, value: int) -> None:
        for bit, number in PEND_BITS.items():
            if value & bit:
                self._nvic.pend(number)
        for bit, number in UNPEND_BITS.items():
            if value & bit:
                self._nvic.unpend(number)

    def _interrupt_state(self) -> int:
        nvic, handling = self._nvic, self._handling()
        value = handling | (nvic.next_pending() or 0) << VECTPENDING
        value |= sum(bit for bit, number in PEND_BITS.items() if nvic.pending >> number & 1)
        value |= ISRPENDING if nvic.pending >> FIRST_INTERRUPT else 0
        alone = not nvic.active & ~(1 << handling)
        return value | (RETTOBASE if handling and alone else 0)

    def _handler_state(self) -> int:
        value = super().read(SHCSR)
        value |= sum(
            1 << bit for bit, number in ACTIVE_BITS.items() if self._nvic.is_active(number)
        )
        pending = self._nvic.pending
        return value | sum(1 << bit for bit, number in PENDED_BITS.items() if pending >> number & 1)

    def _cache_geometry(self) -> int:
        """CCSIDR of the cache selected by CSSELR: sets, ways and words in a line."""
        name = "icache" if self.words.get(CSSELR, 0) & 1 else "dcache"
        size = self._timing.get(f"{name}_bytes", 0)
        if not size:
            return 0
        ways, line = self._timing[f"{name}_ways"], self._timing["line_bytes"]
        sets = size // ways // line
        line_code = (line // 4).bit_length() - 3
        return 0xF << 28 | sets - 1 << 13 | ways - 1 << 3 | line_code


class FPU(Peripheral):
    """STIR and the registers of GCC's unit `fpu`; cache maintenance registers read 0."""

    def __init__(self, core: Core, fpu: str, pend: Callable[[int], None]) -> None:
        self._defaults = {**_FPU[core], **(_SINGLE_PRECISION if "-sp-" in fpu else {})}
        self._pend = pend
        super().__init__()
        self.words = dict(self._defaults)

    def reset(self) -> None:
        self.words = dict(self._defaults)

    def write(self, offset: int, value: int) -> None:
        if offset == STIR:
            self._pend(FIRST_INTERRUPT + (value & 0x1FF))
        else:
            super().write(offset, value)
