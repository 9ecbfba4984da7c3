"""The published study's figures."""

from __future__ import annotations

import pytest

from tinylab.results.published import published

M4 = ("nucleo_wb55rg", "cortex-m4")
M7 = ("nucleo_h723zg", "cortex-m7")


@pytest.mark.parametrize(
    ("model", "column", "clock", "latency", "rate"),
    [
        ("house_price", M4, 48_000_000, "1.35 ms", "740 Hz"),
        ("house_price", M7, 550_000_000, "0.06 ms", "16,700 Hz"),
        ("human_activity", M4, 64_000_000, "5.2 ms", "192 Hz"),
        ("human_activity", M7, 180_000_000, "1.01 ms", "990 Hz"),
        ("image_classification", M4, 48_000_000, "547 ms", "1.8 Hz"),
        ("image_classification", M7, 550_000_000, "27.0 ms", "37 Hz"),
    ],
)
def test_figures_as_printed(
    model: str, column: tuple[str, str], clock: int, latency: str, rate: str
) -> None:
    found = published(model, *column, clock)
    assert found is not None
    assert (found.latency, found.rate) == (latency, rate)
    assert found.latency_ms == float(latency.split()[0])
    assert "X-CUBE-AI 6.0.0, mean of three inferences" in found.source
    if column is M4:
        assert (found.printed_heading, found.remark) == (found.heading, "")


def test_the_misprinted_heading_is_corrected_and_said() -> None:
    found = published("house_price", *M7, 550_000_000)
    assert found is not None
    assert found.printed_heading == "Cortex-M7 180 MHz"
    assert found.heading == "Cortex-M7 550 MHz"
    assert "550 / 180" in found.remark


def test_the_unnamed_board_matches_any_m7_and_says_so() -> None:
    found = published("house_price", "nucleo_f746zg", "cortex-m7", 180_000_000)
    assert found is not None
    assert "does not name the board" in found.remark


@pytest.mark.parametrize(
    ("model", "board", "core", "clock"),
    [
        ("my_model.keras", *M4, 48_000_000),
        ("house_price", *M4, 32_000_000),
        ("house_price", "nucleo_l476rg", "cortex-m4", 48_000_000),
        ("house_price", "nucleo_f746zg", "cortex-m7", 550_000_000),
    ],
)
def test_nothing_is_set_beside_what_was_not_published(
    model: str, board: str, core: str, clock: int
) -> None:
    assert published(model, board, core, clock) is None
