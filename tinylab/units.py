"""Numbers as text: times, rates, bytes, frequencies. Names as messages list them."""

from __future__ import annotations

from collections.abc import Sequence


def significant(value: float, digits: int = 3) -> str:
    """`value` with about `digits` significant digits, grouped, never in exponent form."""
    return f"{value:,.{_decimals(value, digits)}f}"


def _decimals(value: float, digits: int) -> int:
    """How many decimals show `digits` significant digits of `value`; 6 at most."""
    magnitude = abs(value)
    decimals = 0
    while decimals < 6 and magnitude and magnitude < 10 ** (digits - 1 - decimals):
        decimals += 1
    return decimals


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


def plus_minus(percent: float | None) -> str:
    """An error: `±2 %`, or `unknown`."""
    return "unknown" if percent is None else f"±{percent:g} %"


def alike(seconds: Sequence[float], digits: int = 3) -> list[str]:
    """Times in one unit, with enough decimals to distinguish different values."""
    largest = max((abs(value) for value in seconds), default=0.0)
    factor, unit = next(
        (f, u)
        for limit, f, u in ((1.0, 1.0, "s"), (1e-4, 1e3, "ms"), (0.0, 1e6, "µs"))
        if largest >= limit
    )
    different = len(set(seconds))
    for more in range(10):
        decimals = _decimals(largest * factor, digits) + more
        texts = [f"{value * factor:,.{decimals}f} {unit}" for value in seconds]
        if len(set(texts)) == different:
            break
    return texts


def counts_alike(counts: Sequence[float | None]) -> list[str]:
    """Cycles, bytes or scores with as many decimals as differ; `-` for None."""
    known = {count for count in counts if count is not None}
    for decimals in range(10):
        texts = ["-" if count is None else f"{count:,.{decimals}f}" for count in counts]
        if len(set(texts) - {"-"}) == len(known):
            break
    return texts


def percent_text(ratio: float) -> str:
    """`+0.20 %` of 1.002; as many decimals as a change needs to be seen."""
    return signed_percent(100 * (ratio - 1))


def signed_percent(percent: float) -> str:
    """The same of 0.2."""
    decimals = 2
    while decimals < 12 and percent and abs(percent) < 0.9 * 10**-decimals:
        decimals += 1
    return f"{percent:+.{decimals}f} %"


def ratio_text(ratio: float, digits: int = 4) -> str:
    """`1.42`; with more digits if it would be 1 and is not."""
    while digits < 15 and ratio != 1 and float(f"{ratio:.{digits}g}") == 1:
        digits += 1
    return f"{ratio:.{digits}g}"


def either(words: Sequence[str]) -> str:
    """`.json, .csv or .md`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def similar(word: str, names: Sequence[str]) -> list[str]:
    """At most three of `names`: those that contain `word`, and those spelled like it."""
    from difflib import get_close_matches

    plain = {name: name.lstrip("-").lower() for name in names}
    wanted = word.lstrip("-").lower()
    holding = [name for name, known in plain.items() if len(wanted) > 1 and wanted in known]
    near = get_close_matches(wanted, list(plain.values()), n=3, cutoff=0.7)
    alike = [name for known in near for name in plain if plain[name] == known]
    return list(dict.fromkeys([*holding, *alike]))[:3]
