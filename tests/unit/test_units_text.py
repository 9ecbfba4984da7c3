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
        (1.0, "1.00 s"),
        (0.9994, "999 ms"),
        (1e-4, "0.100 ms"),
        (0.99e-4, "99.0 µs"),
        (-1.5, "-1.50 s"),
        (-0.0015, "-1.50 ms"),
        (12e-15, "0.000000 µs"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100.0, "100"),
        (99.96, "100.0"),
        (10.0, "10.0"),
        (1.0, "1.00"),
        (0.5, "0.500"),
        (12_345.6, "12,346"),
        (-0.5, "-0.500"),
        (0.00012345, "0.000123"),
        (0.0, "0"),
    ],
)
def test_three_digits_are_shown_and_six_decimals_at_most(value: float, text: str) -> None:
    assert units.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(740.7, "741 /s"), (16_700.4, "16,700 /s"), (1.83, "1.83 /s")]
)
def test_rates(value: float, text: str) -> None:
    assert units.rate(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (304, "304 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KiB"),
        (246_248, "240.5 KiB"),
        (1_048_575, "1,024.0 KiB"),
        (1_048_576, "1.00 MiB"),
        (3 * 1_048_576, "3.00 MiB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("hz", "text"), [(64e6, "64 MHz"), (16.384e6, "16.384 MHz"), (0.1e6, "0.1 MHz")]
)
def test_frequencies(hz: float, text: str) -> None:
    assert units.megahertz(hz) == text


@pytest.mark.parametrize(
    ("seconds", "texts"),
    [
        ([0.00135, 0.0001], ["1.35 ms", "0.10 ms"]),
        ([0.0014999, 0.0015001], ["1.4999 ms", "1.5001 ms"]),
        ([0.0015, 0.0015], ["1.50 ms", "1.50 ms"]),
        ([60e-6, 0.0], ["60.0 µs", "0.0 µs"]),
        ([2.0, 0.001], ["2.00 s", "0.00 s"]),
        ([1234.1, 1234.2], ["1,234.1 s", "1,234.2 s"]),
        ([0.0], ["0 µs"]),
        ([1.0, 0.5], ["1.00 s", "0.50 s"]),
        ([0.9994, 0.5], ["999 ms", "500 ms"]),
        ([1e-4], ["0.100 ms"]),
        ([0.99e-4], ["99.0 µs"]),
        ([-2.0, 0.5], ["-2.00 s", "0.50 s"]),
        ([1.0, 1.0 + 1e-11], ["1.00000000000 s", "1.00000000001 s"]),
        ([1.0, 1.0 + 1e-12], ["1.00000000000 s", "1.00000000000 s"]),
        ([], []),
    ],
)
def test_times_side_by_side_share_a_unit_and_are_told_apart(
    seconds: list[float], texts: list[str]
) -> None:
    assert units.alike(seconds) == texts


@pytest.mark.parametrize("clock_hz", [16e6, 64e6, 550e6])
@pytest.mark.parametrize("cycles", [40, 34_532, 13_711_411, 2_000_000_000])
def test_times_that_are_one_cycle_apart_look_different(cycles: int, clock_hz: float) -> None:
    assert len(set(units.alike([(cycles + more) / clock_hz for more in range(3)]))) == 3


@pytest.mark.parametrize(("percent", "text"), [(2.0, "±2 %"), (8.5, "±8.5 %"), (None, "unknown")])
def test_errors(percent: float | None, text: str) -> None:
    assert units.plus_minus(percent) == text


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("wb55", ["nucleo_wb55rg"]),
        ("nucleo_wb55gr", ["nucleo_wb55rg"]),
        ("NUCLEO", ["nucleo_f401re", "nucleo_f446re", "nucleo_h723zg"]),
        ("--modle", ["--model"]),
        ("--nope", []),
        ("foo", []),
        ("", []),
        ("x", []),
    ],
)
def test_similar_names_are_few_and_close(word: str, found: list[str]) -> None:
    boards = ["nucleo_f401re", "nucleo_f446re", "nucleo_h723zg", "nucleo_wb55rg"]
    assert units.similar(word, [*boards, "--model", "--on"]) == found
