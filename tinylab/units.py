"""Numbers as people read them: times, rates, bytes, frequencies."""

from __future__ import annotations


def significant(value: float, digits: int = 3) -> str:
    """`value` with about `digits` significant digits, grouped, never in exponent form."""
    magnitude = abs(value)
    decimals = 0
    while decimals < 6 and magnitude and magnitude < 10 ** (digits - 1 - decimals):
        decimals += 1
    return f"{value:,.{decimals}f}"


def duration(seconds: float) -> str:
    """`0.00135` -> `1.35 ms`; microseconds below 0.1 ms, seconds from 1 s."""
    if abs(seconds) >= 1.0:
        return f"{significant(seconds)} s"
    if abs(seconds) >= 1e-4:
        return f"{significant(seconds * 1e3)} ms"
    return f"{significant(seconds * 1e6)} µs"


def rate(per_second: float) -> str:
    """`740.7` -> `741 /s`."""
    return f"{significant(per_second)} /s"


def size(count: int) -> str:
    """`246248` -> `240.5 KiB`."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:,.1f} KiB"
    return f"{count / 1024 / 1024:,.2f} MiB"


def megahertz(hz: float) -> str:
    """`64000000` -> `64 MHz`; as many decimals as there are, up to three."""
    return f"{hz / 1e6:.3f}".rstrip("0").rstrip(".") + " MHz"
