"""The clock tree solver."""

import pytest

from tinylab.boards import catalog, clocks
from tinylab.errors import ClockError, ExitCode

WB = catalog.by_name("nucleo_wb55rg")
H7 = catalog.by_name("nucleo_h723zg")


def test_wb_at_64_mhz_is_the_pll_from_msi_with_three_wait_states() -> None:
    settings = clocks.solve(WB, 64e6)
    words = dict(zip(clocks.words_of(WB), settings.words, strict=True))
    assert settings.hz == 64_000_000
    assert settings.wait_states == words["flash_acr"] & 7 == 3
    assert words["rcc_pllcfgr"] >> 8 & 0x7F == 32  # PLLN
    assert (words["rcc_pllcfgr"] >> 29) + 1 == 2  # PLLR
    assert words["rcc_cfgr"] & 3 == 3  # SW: PLL


@pytest.mark.parametrize(
    ("mhz", "wait_states"), [(16, 0), (18, 0), (24, 1), (36, 1), (48, 2), (54, 2), (64, 3)]
)
def test_wb_wait_states_follow_the_clock(mhz: float, wait_states: int) -> None:
    assert clocks.solve(WB, mhz * 1e6).wait_states == wait_states


@pytest.mark.parametrize(
    ("mhz", "wait_states", "vos"),
    [(64, 0, 0b01), (180, 1, 0b10), (400, 2, 0b11), (550, 3, 0b00)],
)
def test_h7_wait_states_and_voltage_follow_the_clock(
    mhz: float, wait_states: int, vos: int
) -> None:
    settings = clocks.solve(H7, mhz * 1e6)
    words = dict(zip(clocks.words_of(H7), settings.words, strict=True))
    assert settings.wait_states == wait_states
    assert settings.bus_hz == mhz * 1e6 / 2
    assert words["pwr_d3cr"] >> 14 == vos


@pytest.mark.parametrize("board", [WB, H7], ids=lambda board: board.name)
def test_whole_megahertz_are_within_the_limits_of_the_pll(board) -> None:
    low, high = clocks.limits(board)
    for mhz in board.common_clocks_mhz:
        settings = clocks.solve(board, mhz * 1e6)
        assert low <= settings.hz <= high
        assert abs(settings.hz - mhz * 1e6) <= 500


def h7_decoded_hz(words: dict[str, int]) -> float:
    """What RM0468's formula makes of the words."""
    divm = words["rcc_pllckselr"] >> 4 & 0x3F
    divn = (words["rcc_pll1divr"] & 0x1FF) + 1
    divp = (words["rcc_pll1divr"] >> 9 & 0x7F) + 1
    assert divp == 1 or divp % 2 == 0
    assert 2e6 <= 64e6 / divm <= 16e6
    assert 192e6 <= 64e6 / divm * divn <= 836e6
    return 64e6 / divm * divn / divp


@pytest.mark.parametrize("mhz", [*range(8, 551, 1)])
def test_h7_words_decode_to_the_frequency(mhz: int) -> None:
    try:
        settings = clocks.solve(H7, mhz * 1e6)
    except ClockError:
        below, above = clocks.nearest(H7, mhz * 1e6)
        assert below < mhz * 1e6 < above
        return
    words = dict(zip(clocks.words_of(H7), settings.words, strict=True))
    assert h7_decoded_hz(words) == pytest.approx(settings.hz, abs=1)


def test_an_impossible_frequency_names_the_nearest_which_are_legal() -> None:
    with pytest.raises(ClockError, match=r"cannot run at 33\.3 MHz") as caught:
        clocks.solve(WB, 33.3e6)
    assert caught.value.exit_code == ExitCode.INPUT
    assert "33.143 MHz or 33.333 MHz" in caught.value.remedy
    for named in (33.143e6, 33.333e6):
        assert abs(clocks.solve(WB, named).hz - named) < 500


@pytest.mark.parametrize(("mhz", "nearest"), [(100, 64e6), (0.001, 100e3)])
def test_outside_the_range_the_end_is_named(mhz: float, nearest: float) -> None:
    assert clocks.nearest(WB, mhz * 1e6) == (nearest,)
    with pytest.raises(ClockError):
        clocks.solve(WB, mhz * 1e6)
