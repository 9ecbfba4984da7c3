"""The clock tree solver."""

import pytest

from tinylab.boards import catalog, clocks
from tinylab.boards.board import Board
from tinylab.errors import ClockError, ExitCode

WB = catalog.by_name("nucleo_wb55rg")
H7 = catalog.by_name("nucleo_h723zg")
F401, F446 = catalog.by_name("nucleo_f401re"), catalog.by_name("nucleo_f446re")
L4 = catalog.by_name("nucleo_l4r5zi")
F746, F767 = catalog.by_name("stm32f746g_disco"), catalog.by_name("nucleo_f767zi")


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


@pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)
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
    assert "33.143 MHz and 33.333 MHz" in caught.value.remedy
    for named in (33.143e6, 33.333e6):
        assert abs(clocks.solve(WB, named).hz - named) < 500


@pytest.mark.parametrize(("mhz", "nearest"), [(100, 64e6), (0.001, 100e3)])
def test_outside_the_range_the_end_is_named(mhz: float, nearest: float) -> None:
    assert clocks.nearest(WB, mhz * 1e6) == (nearest,)
    with pytest.raises(ClockError):
        clocks.solve(WB, mhz * 1e6)


def f4_words(board: Board, mhz: float) -> dict[str, int]:
    settings = clocks.solve(board, mhz * 1e6)
    return dict(zip(clocks.words_of(board), settings.words, strict=True))


@pytest.mark.parametrize(
    ("board", "mhz", "wait_states", "vos", "over_drive"),
    [
        (F401, 16, 0, 0b01, 0), (F401, 30, 0, 0b01, 0), (F401, 60, 1, 0b01, 0),
        (F401, 61, 2, 0b10, 0), (F401, 84, 2, 0b10, 0),
        (F446, 90, 2, 0b01, 0), (F446, 120, 3, 0b01, 0), (F446, 144, 4, 0b10, 0),
        (F446, 168, 5, 0b11, 0), (F446, 169, 5, 0b11, 1), (F446, 180, 5, 0b11, 1),
        (F746, 30, 0, 0b01, 0), (F746, 31, 1, 0b01, 0), (F746, 144, 4, 0b01, 0),
        (F746, 145, 4, 0b10, 0), (F767, 168, 5, 0b10, 0), (F767, 180, 5, 0b11, 0),
        (F767, 181, 6, 0b11, 1), (F767, 210, 6, 0b11, 1), (F746, 216, 7, 0b11, 1),
    ],
)  # fmt: skip
def test_f4_and_f7_wait_states_voltage_and_over_drive_follow_the_clock(
    board: Board, mhz: float, wait_states: int, vos: int, over_drive: int
) -> None:
    words = f4_words(board, mhz)
    assert words["flash_acr"] & 0xF == wait_states
    assert words["pwr_cr"] >> 14 & 3 == vos
    assert words["pwr_cr"] >> 16 == over_drive


# Of the data sheets, in MHz: PLL input x N, PLL output, HCLK by VOS from scale 3 on, then with
# over-drive; the slower peripheral bus without over-drive, and with it. The other is twice that.
F4_LIMITS = {
    F401.name: ((192, 432), (24, 84), (60, 84, 0, 0), (42, 0)),
    F446.name: ((100, 432), (12.5, 180), (120, 144, 168, 180), (42, 45)),
    F746.name: ((100, 432), (24, 216), (144, 168, 180, 216), (45, 54)),
    F767.name: ((100, 432), (24, 216), (144, 168, 180, 216), (45, 54)),
}


def f4_decoded_hz(board: Board, words: dict[str, int]) -> float:
    """What the formulas of RM0368, RM0390, RM0385 and RM0410 make of the words, within limits."""
    vco, output, hclk, slower_bus = F4_LIMITS[board.name]
    word, cfgr = words["rcc_pllcfgr"], words["rcc_cfgr"]
    over_drive = words["pwr_cr"] >> 16 & 1
    sysclk = 16e6
    if cfgr & 3 == 2:
        m, n, p, q = word & 0x3F, word >> 6 & 0x1FF, 2 * (word >> 16 & 3) + 2, word >> 24 & 0xF
        assert 1e6 <= 16e6 / m <= 2e6
        assert (192 if board is F401 else 50) <= n <= 432
        assert vco[0] * 1e6 <= 16e6 / m * n <= vco[1] * 1e6
        assert q >= 2
        assert 16e6 / m * n / q <= 75e6
        assert not word & 1 << 22  # PLLSRC: HSI
        sysclk = 16e6 / m * n / p
        assert output[0] * 1e6 <= sysclk <= output[1] * 1e6
    prescaler = {0: 1, 8: 2, 9: 4, 10: 8, 11: 16}[cfgr >> 4 & 0xF]
    apb = {0: 1, 4: 2, 5: 4, 6: 8}
    apb1, apb2 = apb[cfgr >> 10 & 7], apb[cfgr >> 13 & 7]
    assert sysclk / prescaler / apb1 <= slower_bus[over_drive] * 1e6
    assert sysclk / prescaler / apb2 <= slower_bus[over_drive] * 2e6
    assert sysclk / prescaler <= hclk[(words["pwr_cr"] >> 14 & 3) - 1 + over_drive] * 1e6
    return sysclk / prescaler


@pytest.mark.parametrize("board", [F401, F446, F746, F767], ids=lambda board: board.name)
def test_f4_and_f7_words_decode_to_every_whole_megahertz(board: Board) -> None:
    made = []
    for mhz in range(1, board.max_hz // 1_000_000 + 1):
        try:
            words = f4_words(board, mhz)
        except ClockError:
            below, above = clocks.nearest(board, mhz * 1e6)
            assert below < mhz * 1e6 < above
            continue
        assert f4_decoded_hz(board, words) == pytest.approx(mhz * 1e6, abs=500)
        assert mhz <= 30 * ((words["flash_acr"] & 0xF) + 1), "too few wait states"
        made.append(mhz)
    assert len(made) > 0.9 * board.max_hz / 1e6


@pytest.mark.parametrize(
    ("board", "mhz", "apb1", "apb2"),
    [(F446, 88, 4, 2), (F446, 180, 4, 2), (F746, 45, 1, 1), (F746, 180, 4, 2), (F767, 216, 4, 2)],
)
def test_over_drive_lets_the_peripheral_buses_run_faster(
    board: Board, mhz: float, apb1: int, apb2: int
) -> None:
    """RM0390, RM0385: 88 MHz / 2 is too fast without over-drive, 216 MHz / 4 not with it."""
    cfgr, code = f4_words(board, mhz)["rcc_cfgr"], {1: 0, 2: 4, 4: 5}
    assert (cfgr >> 10 & 7, cfgr >> 13 & 7) == (code[apb1], code[apb2])


def test_f4_needs_no_pll_for_what_the_oscillator_gives() -> None:
    for mhz in (1, 2, 4, 8, 16):
        assert f4_words(F446, mhz)["rcc_cfgr"] & 3 == 0


def l4_words(mhz: float) -> dict[str, int]:
    return dict(zip(clocks.words_of(L4), clocks.solve(L4, mhz * 1e6).words, strict=True))


RANGE_2, RANGE_1, NORMAL, BOOST = 0b10 << 9, 0b01 << 9, 1 << 8, 0
L4_LIMITS = {
    # PWR_CR1.VOS, PWR_CR5.R1MODE: MHz of SYSCLK, of the PLL's oscillator, of HCLK by wait states
    (RANGE_2, NORMAL): (26, 128, (8, 16, 26)),
    (RANGE_1, NORMAL): (80, 344, (20, 40, 60, 80)),
    (RANGE_1, BOOST): (120, 344, (20, 40, 60, 80, 100, 120)),
}


@pytest.mark.parametrize(
    ("mhz", "wait_states", "vos", "r1mode"),
    [
        (4, 0, RANGE_2, NORMAL), (8, 0, RANGE_2, NORMAL), (16, 1, RANGE_2, NORMAL),
        (24, 2, RANGE_2, NORMAL), (26, 2, RANGE_2, NORMAL), (28, 1, RANGE_1, NORMAL),
        (48, 2, RANGE_1, NORMAL), (80, 3, RANGE_1, NORMAL), (82, 4, RANGE_1, BOOST),
        (100, 4, RANGE_1, BOOST), (120, 5, RANGE_1, BOOST),
    ],
)  # fmt: skip
def test_l4_wait_states_and_voltage_follow_the_clock(
    mhz: float, wait_states: int, vos: int, r1mode: int
) -> None:
    words = l4_words(mhz)
    assert words["flash_acr"] & 0xF == wait_states
    assert (words["pwr_cr1"], words["pwr_cr5"]) == (vos, r1mode)


def l4_decoded_mhz(words: dict[str, int]) -> float:
    """What RM0432's formulas make of the words, within the limits of the voltage."""
    sysclk_limit, vco_limit, hclk_limits = L4_LIMITS[words["pwr_cr1"], words["pwr_cr5"]]
    word, cfgr = words["rcc_pllcfgr"], words["rcc_cfgr"]
    assert words["rcc_cr"] & 1 << 3, "MSIRGSEL: the range is the one written here"
    sysclk = [0.1, 0.2, 0.4, 0.8, 1, 2, 4, 8, 16, 24, 32, 48][words["rcc_cr"] >> 4]
    if cfgr & 3 == 3:
        assert word & 3 == 1, "PLLSRC: MSI"
        assert word & 1 << 24, "PLLREN"
        m, n, r = (word >> 4 & 0xF) + 1, word >> 8 & 0x7F, 2 * (word >> 25 & 3) + 2
        assert 2.66 <= sysclk / m <= 16
        assert 8 <= n <= 127
        assert 64 <= sysclk / m * n <= vco_limit
        sysclk = sysclk / m * n / r
    assert sysclk <= sysclk_limit
    hclk = sysclk / {0: 1, 8: 2, 9: 4, 10: 8, 11: 16}[cfgr >> 4 & 0xF]
    assert hclk <= hclk_limits[words["flash_acr"] & 0xF]
    return hclk


def test_l4_words_decode_to_every_whole_megahertz() -> None:
    made = []
    for mhz in range(1, 121):
        try:
            words = l4_words(mhz)
        except ClockError:
            below, above = clocks.nearest(L4, mhz * 1e6)
            assert below < mhz * 1e6 < above
            continue
        assert l4_decoded_mhz(words) == pytest.approx(mhz, abs=5e-4)
        made.append(mhz)
    assert set(range(1, 87)) <= set(made)
    assert set(range(88, 121, 2)) <= set(made)
