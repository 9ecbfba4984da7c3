"""Every limit of a clock tree: what is just allowed, what is just not, and the exact words.

Each tree is narrowed down to one way through its PLL, and then one limit after the other is
moved to that way's value, which still allows it, and past it, which does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from tinylab.boards import catalog, clocks
from tinylab.boards.board import Board
from tinylab.boards.clock_family import Clocks, ClockSettings, steps
from tinylab.errors import ClockError

F446, F401, F767 = (catalog.by_name(f"nucleo_{name}") for name in ("f446re", "f401re", "f767zi"))
H723, H743, H7A3 = (catalog.by_name(f"nucleo_{name}") for name in ("h723zg", "h743zi2", "h7a3zi_q"))
L4, U5, WB = (catalog.by_name(f"nucleo_{name}") for name in ("l4r5zi", "u575zi_q", "wb55rg"))


@dataclass(frozen=True)
class OneWay:
    """A tree with one way through the PLL, at `hz`, and the value of each limit on that way."""

    tree: Clocks
    hz: int
    limits: dict[str, int]

    def has(self, **changed: Any) -> bool:
        """Whether the way is there with other limits, and no other way to that frequency."""
        tree = replace(self.tree, **changed)
        found = [way for way in tree.ways(self.hz) if way.hz == self.hz]
        assert len(found) <= 1
        return bool(found)


# RM0390: 16 MHz / 8 x 100 / 2. RM0433: 64 MHz / 4 x 25 / 2. RM0456: 16 MHz / 2 x 20 / 2.
# RM0432 and RM0434: MSI 8 MHz / 2 x 20 / 2.
ONE_WAY = {
    "f4": OneWay(
        replace(F446.clocks, pll_m=(8, 8), pll_n=(100, 100), pll_p=(2,), ahb_prescalers=(1,)),
        100_000_000,
        {"pll_m": 8, "pll_n": 100, "pll_input_hz": 2_000_000, "pll_vco_hz": 200_000_000,
         "pll_output_hz": 100_000_000},
    ),
    "h7": OneWay(
        replace(H743.clocks, pll_m=(4, 4), pll_n=(25, 25), pll_p=(2, 2)),
        200_000_000,
        {"pll_m": 4, "pll_n": 25, "pll_p": 2, "pll_input_hz": 16_000_000,
         "pll_vco_hz": 400_000_000},
    ),
    "u5": OneWay(
        replace(U5.clocks, pll_m=(2, 2), pll_n=(20, 20), pll_r=(2, 2)),
        80_000_000,
        {"pll_m": 2, "pll_n": 20, "pll_r": 2, "pll_input_hz": 8_000_000,
         "pll_vco_hz": 160_000_000},
    ),
    "l4": OneWay(
        replace(
            L4.clocks,
            pll_input_range=7,
            pll_m=(2, 2),
            pll_n=(20, 20),
            pll_r=(2,),
            ahb_prescalers=(1,),
        ),
        40_000_000,
        {"pll_m": 2, "pll_n": 20, "pll_input_hz": 4_000_000, "pll_vco_hz": 80_000_000},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("family", "limit"), [(name, limit) for name, one in ONE_WAY.items() for limit in one.limits]
)
def test_a_range_has_both_its_ends_and_nothing_beyond(family: str, limit: str) -> None:
    way = ONE_WAY[family]
    value = way.limits[limit]
    assert way.has(**{limit: (value, value)})
    assert not way.has(**{limit: (value + 1, value + 1)})
    assert not way.has(**{limit: (value - 1, value - 1)})


@pytest.mark.parametrize("family", ONE_WAY)
def test_the_core_clocks_ends_are_legal_and_nothing_beyond(family: str) -> None:
    way = ONE_WAY[family]
    assert way.has(min_hz=way.hz, max_hz=way.hz)
    assert not way.has(min_hz=way.hz + 1)
    assert not way.has(max_hz=way.hz - 1)


@pytest.mark.parametrize("prescaler", [1, 2, 4, 8, 16])
def test_the_oscillator_alone_is_kept_within_the_cores_range(prescaler: int) -> None:
    """HSI 16 MHz / HPRE of the F4, and the MSI's highest range / HPRE of the L4+."""
    for tree, source_hz in ((F446.clocks, 16_000_000), (L4.clocks, 48_000_000)):
        hz = Fraction(source_hz, prescaler)
        alone = replace(tree, ahb_prescalers=(prescaler,), pll_n=(1, 1))
        assert hz in [way.hz for way in alone.ways(float(hz))]
        slow = replace(alone, min_hz=int(hz) + 1)
        assert hz not in [way.hz for way in slow.ways(float(hz))]


def test_msis_alone_is_kept_within_the_cores_range() -> None:
    tree = replace(U5.clocks, pll_n=(1, 1), min_hz=400_000, max_hz=24_000_000)
    made = sorted(int(way.hz) for way in tree.ways(4e6))
    assert (made[0], made[-1]) == (400_000, 24_000_000)
    tree = replace(tree, min_hz=400_001, max_hz=23_999_999)
    made = sorted(int(way.hz) for way in tree.ways(4e6))
    assert (made[0], made[-1]) == (768_000, 16_000_000)


def test_sysclk_is_within_the_limit_where_hclk_is_divided() -> None:
    """RM0434: 64 MHz is the limit before HPRE too."""
    hz = {way.settings().description: way.hz for way in WB.clocks.ways(16e6)}
    assert max(hz.values()) == 64_000_000
    assert hz["MSI 4 MHz x 32 / 2 / 4"] == 16_000_000
    assert "MSI 4 MHz x 48 / 2 / 4" not in hz, "96 MHz / 4"


@pytest.mark.parametrize(
    ("board", "mhz", "key", "shift"), [(H723, 200, "pll_p", 9), (U5, 130, "pll_r", 24)]
)
def test_an_output_divider_is_one_or_even(board: Board, mhz: int, key: str, shift: int) -> None:
    for divider, legal in ((1, True), (2, True), (3, False), (4, True)):
        tree = replace(board.clocks, **{key: (divider, divider)})
        found = [named(tree, way.settings())["rcc_pll1divr"] for way in tree.ways(mhz * 1e6)]
        dividers = {(word >> shift & 0x7F) + 1 for word in found if word}
        assert dividers == ({divider} if legal else set())


def named(tree: Clocks, settings: ClockSettings) -> dict[str, int]:
    return dict(zip(tree.WORDS, settings.words, strict=True))


def words(board: Board, mhz: float) -> dict[str, int]:
    return named(board.clocks, clocks.solve(board, mhz * 1e6))


@pytest.mark.parametrize("offset", [-1, 0, Fraction(1, 3)])
def test_a_limit_belongs_to_the_lower_step(offset: Fraction) -> None:
    assert steps((10, 20, 30), 20 + offset) == (1 if offset <= 0 else 2)
    assert steps((10, 20, 30), Fraction(1)) == 0


def test_half_a_kilohertz_is_the_same_frequency() -> None:
    """16 MHz / 4 is 4 MHz; frequencies are typed with three decimals."""
    assert clocks.solve(F446, 4_000_500).hz == clocks.solve(F446, 3_999_500).hz == 4_000_000
    tree = replace(F446.clocks, pll_n=(50, 50), pll_m=(8, 8), ahb_prescalers=(4,))
    alone = replace(F446, clocks=tree)
    assert clocks.solve(alone, 4_000_500).hz == 4_000_000
    for hz in (4_000_501, 3_999_499):
        with pytest.raises(ClockError):
            clocks.solve(alone, hz)
    assert clocks.nearest(alone, 4_000_000) == (4_000_000,)
    assert clocks.nearest(F446, 16_000_000) == (16_000_000,)
    assert clocks.nearest(WB, 33_300_000) == pytest.approx((232e6 / 7, 100e6 / 3))


# PLLCFGR: 29 and 28 are reserved on the F401, PLLR on the F446, as after a reset: 2 (RM0368,
# RM0390, RCC_PLLCFGR, reset value 0x24003010). Q is in bits 27 to 24, P / 2 - 1 in 17 and 16, N
# in 14 to 6, M in 5 to 0.
@pytest.mark.parametrize(
    ("board", "mhz", "q"),
    [
        # VCO / Q just at 75 MHz, and just above and below it
        (F446, 75, 2), (F446, 76, 3), (F446, 74, 2), (F446, 150, 4), (F401, 75, 4), (F767, 180, 5),
    ],
)  # fmt: skip
def test_the_plls_other_words_are_as_after_a_reset_and_within_limits(
    board: Board, mhz: int, q: int
) -> None:
    word = words(board, mhz)["rcc_pllcfgr"]
    m, n, p = word & 0x3F, word >> 6 & 0x1FF, 2 * (word >> 16 & 3) + 2
    assert word >> 28 == 2
    assert 16 * n == mhz * m * p
    assert word >> 24 & 0xF == q
    assert 16 * n / m / q <= 75 < 16 * n / m / (q - 1) or q == 2


@pytest.mark.parametrize(("ends", "q"), [((2, 5), 5), ((2, 15), 5), ((6, 15), 6)])
def test_q_is_the_smallest_that_its_range_and_limit_allow(ends: tuple[int, int], q: int) -> None:
    """360 MHz / 5 is 72 MHz."""
    tree = replace(F446.clocks, pll_q=ends, pll_vco_hz=(100_000_000, 360_000_000))
    assert words(replace(F446, clocks=tree), 180)["rcc_pllcfgr"] >> 24 & 0xF == q


@pytest.mark.parametrize(("divm", "code"), [(33, 1), (17, 1), (16, 2), (9, 2), (8, 3), (4, 3)])
def test_the_h7s_input_range_is_that_of_the_divided_oscillator(divm: int, code: int) -> None:
    """RM0433, RCC_PLLCFGR.PLL1RGE: up to 4, 8 and 16 MHz; 64 MHz / 16 is 4 MHz."""
    tree = replace(H743.clocks, pll_m=(divm, divm), pll_input_hz=(1, 64_000_000))
    for way in tree.ways(200e6):
        assert named(tree, way.settings())["rcc_pllcfgr"] == 1 << 16 | code << 2


@pytest.mark.parametrize(("m", "code"), [(4, 0), (3, 0), (2, 3), (1, 3)])
def test_the_u5s_input_range_is_that_of_the_divided_oscillator(m: int, code: int) -> None:
    """RM0456, RCC_PLL1CFGR.PLL1RGE: 0 for 4 to 8 MHz, 3 for 8 to 16 MHz; 16 MHz / 2 is 8 MHz."""
    tree = replace(U5.clocks, pll_m=(m, m))
    found = [way.settings() for way in tree.ways(80e6)]
    by_pll = [one for one in found if named(tree, one)["rcc_cfgr1"]]
    configs = {named(tree, one)["rcc_pll1cfgr"] for one in by_pll}
    assert configs == {1 << 18 | m - 1 << 8 | code << 2 | 2}
    divided = f" / {m}" if m > 1 else ""
    assert all(one.description.startswith(f"HSI16 16 MHz{divided} x ") for one in by_pll)


def test_the_h7s_voltage_is_one_that_its_flash_allows() -> None:
    """Where VOS3's flash ends below VOS3's core, the higher voltage comes earlier."""
    tree = H7A3.clocks
    shortened = replace(
        tree,
        wait_state_limits_hz=((22_000_000, 44_000_000, 66_000_000), *tree.wait_state_limits_hz[1:]),
    )
    part = replace(H7A3, clocks=shortened)
    codes = {mhz: words(part, mhz)["pwr_d3cr"] >> 14 for mhz in (66, 67, 88, 160, 161)}
    assert codes == {66: 0b00, 67: 0b01, 88: 0b01, 160: 0b01, 161: 0b10}
    assert words(H7A3, 88)["pwr_d3cr"] >> 14 == 0b00
    assert words(part, 67)["flash_acr"] == 1 | 0 << 4, "wait states of the voltage in force"


@pytest.mark.parametrize(("board", "m_mask", "r_of"), [
    (L4, 0xF, lambda word: 2 * (word >> 25 & 3) + 2), (WB, 7, lambda word: (word >> 29) + 1),
])  # fmt: skip
def test_the_words_of_every_way_from_the_msi_make_its_frequency(
    board: Board, m_mask: int, r_of: Callable[[int], int]
) -> None:
    """RM0432 and RM0434, RCC_PLLCFGR; MSI range 7 is 8 MHz, which M must divide."""
    tree = replace(board.clocks, pll_input_range=7)
    dividers = set()
    for way in tree.ways(16e6):
        settings = way.settings()
        found = named(tree, settings)
        word, cfgr = found["rcc_pllcfgr"], found["rcc_cfgr"]
        m, n, r = (word >> 4 & m_mask) + 1, word >> 8 & 0x7F, r_of(word)
        sysclk = Fraction(tree.msi_ranges_hz[found["rcc_cr"] >> 4])
        if cfgr & 3 == 3:
            assert found["rcc_cr"] >> 4 == 7
            sysclk = sysclk * n / m / r
            dividers.add(m)
            made = f"MSI 8 MHz{f' / {m}' if m > 1 else ''} x {n} / {r}"
            assert settings.description.startswith(made)
        assert sysclk / {0: 1, 8: 2, 9: 4, 10: 8, 11: 16}[cfgr >> 4 & 0xF] == way.hz
    assert dividers == {1, 2, 3}


def test_the_wbs_second_core_is_never_above_its_limit() -> None:
    """RM0434: HCLK2, SYSCLK / C2HPRE, up to 32 MHz; C2HPRE 0b1000 divides by 2."""
    assert words(WB, 32)["rcc_extcfgr"] == 0
    assert words(WB, 64)["rcc_extcfgr"] == 0b1000 << 4
    seen = set()
    for way in WB.clocks.ways(32e6):
        settings = way.settings()
        found = named(WB.clocks, settings)
        hpre = {0: 1, 8: 2, 9: 4, 10: 8, 11: 16}[found["rcc_cfgr"] >> 4 & 0xF]
        sysclk = way.hz * hpre
        divider = {0: 1, 0b1000 << 4: 2}[found["rcc_extcfgr"]]
        assert sysclk / divider <= 32_000_000
        assert divider == 1 or sysclk > 32_000_000
        assert settings.wait_states == sum(sysclk > limit for limit in (18e6, 36e6, 54e6))
        seen.add((divider, hpre > 1))
    assert len(seen) == 4, "both dividers, with HPRE and without"


def test_the_l4s_voltage_is_one_that_the_plls_oscillator_allows() -> None:
    """STM32L4R5xx data sheet: up to 128 MHz in range 2; and SYSCLK up to 26 MHz."""
    found = {way.settings().description: way for way in L4.clocks.ways(16e6)}
    assert "MSI 4 MHz x 32 / 8, range 2" in found, "128 MHz"
    assert "MSI 4 MHz x 33 / 8, range 1" in found, "132 MHz"
    assert "MSI 4 MHz x 26 / 4, range 2" in found
    assert "MSI 4 MHz x 27 / 4, range 1" in found, "27 MHz"
    assert "MSI 4 MHz x 40 / 2, range 1" in found, "80 MHz"
    assert "MSI 4 MHz x 41 / 2, range 1 boost" in found
    assert "MSI 4 MHz x 41 / 2 / 2, range 1 boost" in found, "SYSCLK counts, not HCLK"


# Register words, bit by bit from the reference manuals.
@pytest.mark.parametrize(
    ("board", "mhz", "expected", "apb_mhz", "description"),
    [
        (F446, 16, (0, 0, 0x700, 0x4000), (16, 16), "HSI 16 MHz"),
        (F446, 8, (0, 0b1000 << 4, 0x700, 0x4000), (8, 8), "HSI 16 MHz, HPRE 2"),
        (F446, 2, (0, 0b1010 << 4, 0x700, 0x4000), (2, 2), "HSI 16 MHz, HPRE 8"),
        (F446, 180, (2 << 28 | 5 << 24 | 180 << 6 | 8, 0b101 << 10 | 0b100 << 13 | 2,
                     0x705, 0x1_C000), (45, 90), "HSI 16 MHz / 8 x 180 / 2, scale 1, over-drive"),
        (F401, 84, (2 << 28 | 5 << 24 | 1 << 16 | 210 << 6 | 10, 0b100 << 10 | 2, 0x702, 0x8000),
         (42, 84), "HSI 16 MHz / 10 x 210 / 4, scale 2"),
        (F767, 216, (2 << 28 | 6 << 24 | 216 << 6 | 8, 0b101 << 10 | 0b100 << 13 | 2, 7, 0x1_C000),
         (54, 108), "HSI 16 MHz / 8 x 216 / 2, scale 1, over-drive"),
        (H743, 480, (4 << 4, 1 << 16 | 3 << 2, 59 | 1 << 9, 0b1000 | 0b100 << 4,
                     0b100 << 4 | 0b100 << 8, 0b100 << 4, 4 | 2 << 4, 0b010, 3 << 14, 1),
         (120, 120), "HSI 64 MHz / 4 x 60 / 2, VOS0"),
        (H7A3, 280, (4 << 4, 1 << 16 | 3 << 2, 34 | 1 << 9, 0b100 << 4,
                     0b100 << 4 | 0b100 << 8, 0b100 << 4, 6 | 3 << 4, 0b100, 3 << 14, 0),
         (140, 140), "HSI 64 MHz / 4 x 35 / 2, VOS0"),
        (U5, 48, (1 << 23, 0, 0, 0, 0x101, 1 << 16), (48, 48), "MSIS 48 MHz, range 3"),
        (U5, 4, (4 << 28 | 1 << 23, 0, 0, 0, 0x100, 0), (4, 4), "MSIS 4 MHz, range 4"),
        (U5, 160, (1 << 23, 1 << 18 | 3 << 2 | 2, 9, 3, 0x104, 3 << 16 | 1 << 18), (160, 160),
         "HSI16 16 MHz x 10 / 1, range 1, booster"),
        (L4, 4, (6 << 4 | 1 << 3 | 1, 0, 0, 0x700, 0b10 << 9, 1 << 8), (4, 4),
         "MSI 4 MHz, range 2"),
        (L4, 80, (6 << 4 | 1 << 3 | 1, 1 << 24 | 40 << 8 | 1, 3, 0x703, 0b01 << 9, 1 << 8),
         (80, 80), "MSI 4 MHz x 40 / 2, range 1"),
        (L4, 120, (6 << 4 | 1 << 3 | 1, 1 << 24 | 60 << 8 | 1, 3, 0x705, 0b01 << 9, 0),
         (120, 120), "MSI 4 MHz x 60 / 2, range 1 boost"),
        (WB, 64, (6 << 4 | 1, 1 << 29 | 1 << 28 | 32 << 8 | 1, 3, 0b1000 << 4, 0x703), (64, 64),
         "MSI 4 MHz x 32 / 2"),
        (WB, 24, (9 << 4 | 1, 0, 0, 0, 0x701), (24, 24), "MSI 24 MHz"),
    ],
)  # fmt: skip
def test_the_words_are_these(
    board: Board,
    mhz: int,
    expected: tuple[int, ...],
    apb_mhz: tuple[int, int],
    description: str,
) -> None:
    settings = clocks.solve(board, mhz * 1e6)
    assert settings.words == expected
    assert settings.hz == mhz * 1_000_000
    assert settings.apb_hz == tuple(hz * 1_000_000 for hz in apb_mhz)
    assert settings.description == description


@pytest.mark.parametrize(
    ("limit_hz", "code"),
    [(168_000_000, 0), (84_000_000, 4), (83_999_999, 5), (42_000_000, 5), (21_000_000, 6),
     (20_999_999, 7), (10_500_000, 7)],
)  # fmt: skip
def test_a_peripheral_bus_gets_the_smallest_divider_that_its_limit_allows(
    limit_hz: int, code: int
) -> None:
    """RM0390, RCC_CFGR: PPRE1 and PPRE2 0b100 to 0b111 divide HCLK, here 168 MHz, by 2 to 16."""
    bus_hz = 168_000_000 // {0: 1, 4: 2, 5: 4, 6: 8, 7: 16}[code]
    for number, limit, lowest_bit in ((0, "apb1_max_hz", 10), (1, "apb2_max_hz", 13)):
        tree = replace(F446.clocks, **{limit: limit_hz})
        settings = clocks.solve(replace(F446, clocks=tree), 168e6)
        assert named(tree, settings)["rcc_cfgr"] >> lowest_bit & 7 == code
        assert settings.apb_hz[number] == bus_hz


@pytest.mark.parametrize(
    ("prescaler", "code"), [(1, 0b0000), (2, 0b1000), (4, 0b1001), (8, 0b1010), (16, 0b1011)]
)
def test_hpre_has_the_manuals_codes(prescaler: int, code: int) -> None:
    """RM0390, RM0432 and RM0434, RCC_CFGR.HPRE."""
    for tree, source_hz in ((F446.clocks, 16_000_000), (L4.clocks, 48_000_000)):
        tree = replace(tree, ahb_prescalers=(prescaler,))
        [way] = [one for one in tree.ways(0) if one.hz == Fraction(source_hz, prescaler)][:1]
        assert named(tree, way.settings())["rcc_cfgr"] == code << 4


@pytest.mark.parametrize(
    ("board", "changed"),
    [
        (F446, {"wait_state_limits_hz": (30_000_000, 179_999_999)}),
        (F401, {"voltage_limits_hz": (60_000_000, 83_999_999)}),
        (F401, {"apb1_max_hz": 5_249_999}),
        (F401, {"apb2_max_hz": 5_249_999}),
        (F401, {"pll_q_output_max_hz": 28_799_999}),
        (H7A3, {"voltage_limits_hz": (88_000_000, 160_000_000, 225_000_000, 279_999_999)}),
        (H743, {"wait_state_limits_hz": (*H743.clocks.wait_state_limits_hz[:3], (239_999_999,))}),
        (H7A3, {"wait_state_limits_hz": (*H7A3.clocks.wait_state_limits_hz[:3], (279_999_999,))}),
        (H743, {"programming_delay_limits_hz": ((225_000_000,),) * 3 + ((239_999_999,),)}),
        (H743, {"programming_delay_limits_hz": ((224_999_999,),) + ((240_000_000,),) * 3}),
        (L4, {"voltage_limits_hz": (26_000_000, 80_000_000, 119_999_999)}),
        (L4, {"voltage_vco_limits_hz": (128_000_000, 344_000_000, 343_999_999)}),
        (L4, {"wait_state_limits_hz": ((25_999_999,), *L4.clocks.wait_state_limits_hz[1:])}),
        (U5, {"voltage_limits_hz": (25_000_000, 55_000_000, 110_000_000, 159_999_999)}),
        (U5, {"wait_state_limits_hz": ((24_999_999,), *U5.clocks.wait_state_limits_hz[1:])}),
        (WB, {"wait_state_limits_hz": (18_000_000, 63_999_999)}),
        (WB, {"second_core_max_hz": 31_999_999}),
    ],
)
def test_a_table_that_ends_too_early_is_refused(board: Board, changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"allows \d+ Hz, less than the \d+ Hz needed"):
        replace(board.clocks, **changed)
