"""The clock tree of the STM32U5."""

from __future__ import annotations

import pytest

from tinylab.boards import catalog, clocks
from tinylab.errors import ClockError

U5 = catalog.by_name("nucleo_u575zi_q")


def words(mhz: float) -> dict[str, int]:
    return dict(zip(clocks.words_of(U5), clocks.solve(U5, mhz * 1e6).words, strict=True))


@pytest.mark.parametrize(
    ("mhz", "wait_states", "voltage_range", "booster"),
    [
        (4, 0, 4, False), (12, 0, 4, False), (13, 1, 4, False), (25, 1, 4, False),
        (26, 1, 3, False), (48, 1, 3, False), (49, 2, 3, False), (55, 2, 3, False),
        (56, 1, 2, True), (60, 1, 2, True), (61, 2, 2, True), (90, 2, 2, True),
        (110, 3, 2, True), (111, 3, 1, True), (128, 3, 1, True), (129, 4, 1, True),
        (160, 4, 1, True),
    ],
)  # fmt: skip
def test_voltage_booster_and_wait_states_follow_the_clock(
    mhz: float, wait_states: int, voltage_range: int, booster: bool
) -> None:
    found = words(mhz)
    assert found["flash_acr"] & 0xF == wait_states
    assert 4 - (found["pwr_vosr"] >> 16 & 3) == voltage_range
    assert bool(found["pwr_vosr"] >> 18 & 1) is booster


def decoded_hz(found: dict[str, int]) -> float:
    """What RM0456's formula makes of the words, within its limits."""
    if not found["rcc_cfgr1"]:
        assert found["rcc_icscr1"] >> 23 & 1  # MSIRGSEL
        return float(U5.clocks.msi_ranges_hz[found["rcc_icscr1"] >> 28])
    config, dividers = found["rcc_pll1cfgr"], found["rcc_pll1divr"]
    m, n = (config >> 8 & 0xF) + 1, (dividers & 0x1FF) + 1
    r = (dividers >> 24 & 0x7F) + 1
    assert found["rcc_cfgr1"] == 3
    assert config & 3 == 2  # HSI16
    assert config >> 18 & 1  # PLL1REN
    assert r == 1 or r % 2 == 0
    assert 4e6 <= 16e6 / m <= 16e6
    assert config >> 2 & 3 == (3 if 16e6 / m >= 8e6 else 0)
    assert 128e6 <= 16e6 / m * n <= 544e6
    return 16e6 / m * n / r


def test_words_decode_to_every_whole_megahertz() -> None:
    made = []
    for mhz in range(1, 161):
        try:
            found = words(mhz)
        except ClockError:
            below, above = clocks.nearest(U5, mhz * 1e6)
            assert below < mhz * 1e6 < above
            continue
        assert decoded_hz(found) == pytest.approx(mhz * 1e6, abs=500)
        made.append(mhz)
    assert len(made) > 140


@pytest.mark.parametrize("mhz", [0.1, 0.768, 1, 4, 12, 16, 24, 48])
def test_msis_alone_makes_the_frequencies_of_its_ranges(mhz: float) -> None:
    assert words(mhz)["rcc_cfgr1"] == 0


@pytest.mark.parametrize(("mhz", "nearest"), [(161, 160e6), (0.09, 100e3)])
def test_outside_the_range_the_end_is_named(mhz: float, nearest: float) -> None:
    assert clocks.nearest(U5, mhz * 1e6) == (nearest,)
    with pytest.raises(ClockError):
        clocks.solve(U5, mhz * 1e6)
