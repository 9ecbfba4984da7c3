"""Flash controllers of the STM32H7: one or two banks, each with its own registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from tinylab.boards.board import FlashLayout
from tinylab.sim.memory import HostMemory
from tinylab.sim.peripherals.flash.flash_bank_h7 import BANK_REGISTERS, BankH7, ControlBits
from tinylab.sim.peripherals.flash.flash_controller import FlashController
from tinylab.sim.peripherals.flash.options_h7 import OPTSR, OPTSR2, OptionsH7

ACR, OPTKEYR = 0x00, 0x08
LATENCY = 0xF
NOT_PROTECTED = 0x1026_AAF0
CPUFREQ_BOOST = 1 << 2
"""Of OPTSR2: set, as on a board that is measured at more than 520 MHz (RM0468)."""
BANK_STRIDE = 0x100


class FlashH7(FlashController):
    """FLASH of RM0433 and RM0468: flash words of 256 bits."""

    RESET: ClassVar[Mapping[int, int]] = {ACR: 0x37}
    options: OptionsH7
    SECTORS_OF_A_BIT: ClassVar[int] = 1
    """Number of sectors per bit of the write protection."""
    PROGRAMMED_AT_ONCE: ClassVar[int] = 32
    CONTROL: ClassVar[ControlBits] = ControlBits(force=1 << 6, start=1 << 7, sector=8, sectors=7)

    def __init__(
        self,
        memory: HostMemory,
        layout: FlashLayout,
        on_access: Callable[[], None],
        code_changed: Callable[[int, int], None],
        request_reset: Callable[[], None],
    ) -> None:
        self._bank_count = layout.banks
        self._bank_size = memory.size // layout.banks
        super().__init__(memory, layout, on_access, code_changed, request_reset)
        self._banks = [
            BankH7(
                self.CONTROL,
                self.PROGRAMMED_AT_ONCE,
                self._program_if_free,
                partial(self._erase_bank, number, layout.banks),
                partial(self._erase_sector_of, number),
            )
            for number in range(layout.banks)
        ]

    def _option_bytes(self) -> OptionsH7:
        """Only parts with one bank have OPTSR2."""
        factory = {OPTSR: NOT_PROTECTED}
        if self._bank_count == 1:
            factory[OPTSR2] = CPUFREQ_BOOST
        return OptionsH7(
            factory,
            self._unprotect_by_erasing,
            len(self.sectors) // self._bank_count,
            self._bank_count,
            self.SECTORS_OF_A_BIT,
        )

    @property
    def wait_states(self) -> int:
        return self.words[ACR] & LATENCY

    def reset(self) -> None:
        super().reset()
        for bank in self._banks:
            bank.reset()

    def read(self, offset: int) -> int:
        bank, register = self._bank_and_register(offset)
        if self.options.has(offset):
            return self.options.read(offset)
        if register in BANK_REGISTERS:
            return bank.read(register) if bank else 0
        return super().read(register)

    def write(self, offset: int, value: int) -> None:
        bank, register = self._bank_and_register(offset)
        if register == OPTKEYR:
            self.options.offer_key(value)
        elif self.options.has(offset):
            self.options.write(offset, value)
        elif register in BANK_REGISTERS:
            if bank:
                bank.write(register, value)
        else:
            super().write(register, value)
            if register == ACR:
                self._on_access()

    def store(self, address: int, size: int, value: int) -> None:
        offset = self._offset(address)
        self._banks[offset // self._bank_size].store(offset, size, value)

    def program_words(self, address: int, data: bytes) -> None:
        super().program_words(address, data)
        self._banks[self._offset(address) // self._bank_size].flash_words_done()

    def _is_idle(self, offset: int, size: int) -> bool:
        bank = offset // self._bank_size
        return (offset + size - 1) // self._bank_size == bank and self._banks[bank].is_idle

    def _program_if_free(self, offset: int, size: int, value: int) -> bool:
        if self._is_protected(offset):
            return False
        self._program(offset, size, value)
        return True

    def _erase_sector_of(self, bank: int, number: int) -> bool:
        per_bank = len(self.sectors) // len(self._banks)
        return number >= per_bank or self._erase_sector(bank * per_bank + number)

    def _bank_and_register(self, offset: int) -> tuple[BankH7 | None, int]:
        """Both banks share ACR and the option registers."""
        number, register = divmod(offset, BANK_STRIDE)
        return (self._banks[number] if number < len(self._banks) else None), register


class FlashH7A3(FlashH7):
    """FLASH of RM0455: flash words of 128 bits, more and smaller sectors."""

    RESET: ClassVar[Mapping[int, int]] = {**FlashH7.RESET, ACR: 0x13}
    PROGRAMMED_AT_ONCE: ClassVar[int] = 16
    SECTORS_OF_A_BIT: ClassVar[int] = 4
    CONTROL: ClassVar[ControlBits] = ControlBits(force=1 << 4, start=1 << 5, sector=6, sectors=0x7F)
