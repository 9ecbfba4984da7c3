"""The clock solver on the STM32H7: what RM0433, RM0455 and RM0468 allow, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from tinylab.boards import catalog, clocks
from tinylab.boards.board import Board
from tinylab.errors import ClockError

MHZ = 1e6
H723, H743, H7A3 = (catalog.by_name(f"nucleo_{name}") for name in ("h723zg", "h743zi2", "h7a3zi_q"))
BOARDS = pytest.mark.parametrize("board", [H723, H743, H7A3], ids=lambda board: board.name)


@dataclass(frozen=True)
class Scale:
    """What a voltage scale allows: core clock, and AXI clock by wait states and by WRHIGHFREQ."""

    core: float
    wait_states: tuple[float, ...]
    delay: tuple[float, ...]


# (PWR_D3CR.VOS, SYSCFG_PWRCR.ODEN) to what it allows, in MHz.
LIMITS = {
    H723.name: {
        (0b01, 0): Scale(170, (35, 70, 85), (35, 70, 85)),
        (0b10, 0): Scale(300, (50, 100, 150), (50, 100, 150)),
        (0b11, 0): Scale(400, (67, 133, 200), (67, 133, 200)),
        (0b00, 0): Scale(550, (70, 140, 210, 275), (70, 140, 210, 275)),
    },
    H743.name: {
        (0b01, 0): Scale(200, (45, 90, 135, 180, 225), (45, 135, 225)),
        (0b10, 0): Scale(300, (55, 110, 165, 225), (55, 165, 225)),
        (0b11, 0): Scale(400, (70, 140, 210, 225), (70, 185, 225)),
        (0b11, 1): Scale(480, (70, 140, 210, 225, 240), (70, 185, 240)),
    },
    H7A3.name: {
        (0b00, 0): Scale(88, (22, 44, 66, 88), (44, 88)),
        (0b01, 0): Scale(160, (34, 68, 102, 136, 160), (68, 136, 160)),
        (0b10, 0): Scale(225, (38, 76, 114, 152, 190, 225), (76, 152, 225)),
        (0b11, 0): Scale(280, (42, 84, 126, 168, 210, 252, 280), (84, 168, 252, 280)),
    },
}
# Multiplier, VCO in MHz, smallest DIVP1.
PLL = {
    H723.name: ((8, 420), (192, 836), 1),
    H743.name: ((4, 512), (192, 960), 2),
    H7A3.name: ((8, 420), (128, 560), 1),
}
LDO, SMPS = 0b010, 0b100
SUPPLY = {H723.name: LDO, H743.name: LDO, H7A3.name: SMPS}
BUS_DIVIDER = {H723.name: 2, H743.name: 2, H7A3.name: 1}


def words_for(board: Board, mhz: float) -> dict[str, int]:
    settings = clocks.solve(board, mhz * MHZ)
    return dict(zip(clocks.words_of(board), settings.words, strict=True))


def decoded_mhz(board: Board, words: dict[str, int]) -> float:
    """What the formula of the manuals makes of the PLL's words, within its limits."""
    (low_n, high_n), (low_vco, high_vco), low_p = PLL[board.name]
    divm = words["rcc_pllckselr"] >> 4 & 0x3F
    divn = (words["rcc_pll1divr"] & 0x1FF) + 1
    divp = (words["rcc_pll1divr"] >> 9 & 0x7F) + 1
    reference = 64 / divm
    assert divp >= low_p
    assert divp == 1 or divp % 2 == 0
    assert 2 <= reference <= 16
    assert words["rcc_pllcfgr"] >> 2 & 3 == (1 if reference < 4 else 2 if reference < 8 else 3)
    assert low_n <= divn <= high_n
    assert low_vco <= reference * divn <= high_vco
    return reference * divn / divp


@BOARDS
def test_no_limit_is_exceeded_at_any_whole_megahertz(board: Board) -> None:
    made = []
    for mhz in range(8, board.max_hz // 1_000_000 + 1):
        try:
            words = words_for(board, mhz)
        except ClockError:
            below, above = clocks.nearest(board, mhz * MHZ)
            assert below < mhz * MHZ < above
            continue
        assert decoded_mhz(board, words) == pytest.approx(mhz, abs=5e-4)
        divider = {0b0000: 1, 0b1000: 2}[words["rcc_d1cfgr"] & 0xF]
        assert divider == BUS_DIVIDER[board.name]
        scale = LIMITS[board.name][words["pwr_d3cr"] >> 14, words["syscfg_pwrcr"]]
        assert mhz <= scale.core
        assert mhz / divider <= scale.wait_states[words["flash_acr"] & 0xF]
        assert mhz / divider <= scale.delay[words["flash_acr"] >> 4 & 3]
        assert words["pwr_cr3"] == SUPPLY[board.name]
        made.append(mhz)
    assert len(made) > 0.85 * (board.max_hz / MHZ - 8)


@BOARDS
def test_a_clock_gets_no_more_voltage_and_wait_states_than_it_needs(board: Board) -> None:
    scales = list(LIMITS[board.name].items())
    for (lower, below), (higher, above) in pairwise(scales):
        for mhz, code, scale in ((below.core, lower, below), (below.core + 1, higher, above)):
            words = words_for(board, mhz)
            assert (words["pwr_d3cr"] >> 14, words["syscfg_pwrcr"]) == code
            axi, wait_states = mhz / BUS_DIVIDER[board.name], words["flash_acr"] & 0xF
            assert wait_states == sum(limit < axi for limit in scale.wait_states)


@pytest.mark.parametrize(
    ("board", "mhz", "wait_states", "delay", "scale"),
    [
        (H743, 64, 0, 0, "VOS3"), (H743, 200, 2, 1, "VOS3"), (H743, 300, 2, 1, "VOS2"),
        (H743, 360, 2, 1, "VOS1"), (H743, 400, 2, 2, "VOS1"), (H743, 401, 2, 2, "VOS0"),
        (H743, 450, 3, 2, "VOS0"), (H743, 480, 4, 2, "VOS0"),
        (H7A3, 22, 0, 0, "VOS3"), (H7A3, 88, 3, 1, "VOS3"), (H7A3, 160, 4, 2, "VOS2"),
        (H7A3, 225, 5, 2, "VOS1"), (H7A3, 252, 5, 2, "VOS0"), (H7A3, 280, 6, 3, "VOS0"),
    ],
)  # fmt: skip
def test_known_settings(board: Board, mhz: float, wait_states: int, delay: int, scale: str) -> None:
    settings = clocks.solve(board, mhz * MHZ)
    acr = dict(zip(clocks.words_of(board), settings.words, strict=True))["flash_acr"]
    assert (settings.wait_states, acr) == (wait_states, wait_states | delay << 4)
    assert settings.description.endswith(scale)
    assert settings.bus_hz == mhz * MHZ / BUS_DIVIDER[board.name]
