"""The lengths that determine the time of an integer division."""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit

NOTHING_TO_DIVIDE, SHORTER_DIVIDEND, SAME_LENGTH = range(3)
"""One of the numbers is zero; the dividend has fewer bits than the divisor; as many. For each
additional bit of the dividend, one more than SAME_LENGTH."""

SIGN = 1 << 31


@njit
def significant_bits(value: int, signed: bool) -> int:
    """Bits of the magnitude of a 32-bit number."""
    if signed and value & SIGN:
        value = (1 << 32) - value
    bits = 0
    while value >> bits:
        bits += 1
    return bits


@njit
def quotient_bits(dividend: int, divisor: int, signed: bool) -> int:
    """By how much the dividend is longer, as above."""
    if dividend == 0 or divisor == 0:
        return NOTHING_TO_DIVIDE
    longer = significant_bits(dividend, signed) - significant_bits(divisor, signed)
    return max(SAME_LENGTH + longer, SHORTER_DIVIDEND)
