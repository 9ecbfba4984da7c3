"""CRC: the calculation unit."""

from __future__ import annotations

from typing import ClassVar

from tinylab.sim.bus import Peripheral

DR, IDR, CR, INIT, POL = 0x00, 0x04, 0x08, 0x10, 0x14
RESET_BIT, POLYSIZE, REV_IN, REV_OUT = 1 << 0, 3, 5, 1 << 7
SIZES = (32, 16, 8, 7)
"""Bits of the polynomial by POLYSIZE."""
BYTES = {0b01: 1, 0b10: 2, 0b11: 4}
"""Size of the unit in which REV_IN reverses bits."""
POLYNOMIAL, ONES = 0x04C1_1DB7, 0xFFFF_FFFF


class CRC(Peripheral):
    """CRC unit with a programmable polynomial (RM0434 and RM0468, CRC).

    Each write to DR processes its bytes, the most significant bit first.
    """

    RESET: ClassVar[dict[int, int]] = {INIT: ONES, POL: POLYNOMIAL}

    def __init__(self) -> None:
        super().__init__()
        self._remainder = ONES

    def reset(self) -> None:
        super().reset()
        self._remainder = ONES

    @property
    def _bits(self) -> int:
        return SIZES[self._control >> POLYSIZE & 0b11]

    @property
    def _control(self) -> int:
        return self.words.get(CR, 0)

    def read(self, offset: int) -> int:
        if offset != DR:
            return super().read(offset)
        if self._control & REV_OUT:
            return reversed_bits(self._remainder, self._bits)
        return self._remainder

    def write(self, offset: int, value: int) -> None:
        self.write_narrow(offset, 4, value)

    def write_narrow(self, offset: int, size: int, value: int) -> None:
        if offset == DR:
            self._take(value & (1 << 8 * size) - 1, size)
        elif offset == CR:
            self.words[CR] = value & ~RESET_BIT
            if value & RESET_BIT:
                self._remainder = self.words[INIT] & (1 << self._bits) - 1
        elif offset == INIT:
            self.words[INIT] = value
            self._remainder = value & (1 << self._bits) - 1
        elif size == 4:
            super().write(offset, value)
        else:
            super().write_narrow(offset, size, value)

    def _take(self, value: int, size: int) -> None:
        unit = min(BYTES.get(self._control >> REV_IN & 0b11, 0), size)
        data = value.to_bytes(size, "big")
        if unit:
            groups = (data[at : at + unit] for at in range(0, size, unit))
            words = (reversed_bits(int.from_bytes(g, "big"), 8 * unit) for g in groups)
            data = b"".join(word.to_bytes(unit, "big") for word in words)
        top, polynomial = 1 << self._bits - 1, self.words[POL]
        remainder = self._remainder
        for bit in (byte >> place & 1 for byte in data for place in range(7, -1, -1)):
            divide = bool(remainder & top) != bool(bit)
            remainder = remainder << 1 & 2 * top - 1
            remainder ^= polynomial & 2 * top - 1 if divide else 0
        self._remainder = remainder


class FixedCRC(CRC):
    """The CRC unit of the STM32F4: words only, one polynomial (RM0368 and RM0390, CRC)."""

    def write_narrow(self, offset: int, size: int, value: int) -> None:
        if offset == DR:
            self._take(value, 4)
        elif offset == CR:
            self._remainder = ONES if value & RESET_BIT else self._remainder
        elif offset == IDR:
            self.words[IDR] = value & 0xFF


def reversed_bits(value: int, bits: int) -> int:
    """The lowest `bits` of `value` in reverse order."""
    return int(f"{value & (1 << bits) - 1:0{bits}b}"[::-1], 2)
