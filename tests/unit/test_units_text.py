"""Numbers as people read them."""

from __future__ import annotations

import pytest

from tinylab import units


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00135, "1.35 ms"),
        (0.547, "547 ms"),
        (0.0000602, "60.2 µs"),
        (1.5, "1.50 s"),
        (12.34, "12.3 s"),
        (0.0, "0 µs"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(740.7, "741 /s"), (16_700.4, "16,700 /s"), (1.83, "1.83 /s")]
)
def test_rates(value: float, text: str) -> None:
    assert units.rate(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(304, "304 B"), (246_248, "240.5 KiB"), (1_048_576, "1.00 MiB")]
)
def test_sizes(count: int, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("hz", "text"), [(64e6, "64 MHz"), (16.384e6, "16.384 MHz"), (0.1e6, "0.1 MHz")]
)
def test_frequencies(hz: float, text: str) -> None:
    assert units.megahertz(hz) == text
