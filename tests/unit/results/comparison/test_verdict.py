"""Two medians: when they are called different, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.results.comparison.run_figures import figures, median_of, silicon
from tinylab.results.comparison.verdict import Change, verdict

NOW, BEFORE = median_of(1_390, 1_400, 1_440), median_of(960, 1_000, 1_040)


def test_simulated_cycles_are_exact_so_a_single_one_counts() -> None:
    found = verdict(figures(100_001), figures(100_000))
    assert found.change is Change.SLOWER
    assert (found.low, found.high, found.level) == (None, None, None)
    assert str(found) == "1.00001x slower (+0.001 % cycles)"
    assert str(verdict(figures(1_420), figures(1_000))) == "1.42x slower (+42.00 % cycles)"
    assert str(verdict(figures(1_000), figures(1_420))) == "1.42x faster (-29.58 % cycles)"
    assert str(verdict(figures(1_000), figures(1_000))) == "same"


def test_the_interval_is_from_the_least_ratio_of_the_two_medians_to_the_largest() -> None:
    found = verdict(NOW, BEFORE)
    assert (found.low, found.high) == (1_390 / 1_040, 1_440 / 960)
    assert found.level == pytest.approx(0.96**2)
    assert str(found) == "1.4x [1.337, 1.5] slower (+40.00 % cycles)"
    assert str(verdict(BEFORE, NOW)) == "1.4x [1.337, 1.5] faster (-28.57 % cycles)"


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        ((1_000, 1_200, 1_300), (900, 1_000, 1_000), Change.SAME),
        ((1_001, 1_200, 1_300), (900, 1_000, 1_000), Change.SLOWER),
        ((700, 800, 1_000), (1_000, 1_000, 1_100), Change.SAME),
        ((700, 800, 999), (1_000, 1_000, 1_100), Change.FASTER),
    ],
)
def test_an_interval_that_touches_1_is_the_same(
    now: tuple[int, int, int], before: tuple[int, int, int], change: Change
) -> None:
    assert verdict(median_of(*now), median_of(*before)).change is change


def test_on_silicon_a_change_of_just_the_noise_is_none() -> None:
    now, before = silicon(*[1_250] * 9), silicon(*[1_000] * 9)
    assert verdict(now, before, noise_percent=25).change is Change.SAME
    assert verdict(now, before, noise_percent=24.9).change is Change.SLOWER
    assert verdict(silicon(*[1_009] * 9), before).change is Change.SAME
    assert verdict(silicon(*[1_011] * 9), before).change is Change.SLOWER


def test_too_few_inferences_on_silicon_decide_nothing() -> None:
    found = verdict(silicon(1_400, 1_410, 1_420), silicon(*[1_000] * 9))
    assert found.change is Change.UNDECIDED
    assert "too few inferences" in str(found)


def test_three_inferences_of_the_same_time_are_enough() -> None:
    found = verdict(silicon(1_400, 1_400, 1_400), silicon(1_000, 1_000))
    assert (found.change, found.low, found.high) == (Change.SLOWER, 1.4, 1.4)
    assert verdict(silicon(1_400), silicon(1_000)).change is Change.UNDECIDED


def test_a_simulated_run_is_never_called_different_from_a_real_one() -> None:
    for now, before in ((figures(2_000), silicon(1_000)), (silicon(2_000), figures(1_000))):
        found = verdict(now, before)
        assert found.change is Change.SIMULATED
        assert str(found) == "+100.00 % cycles, the simulation's expected error is ±3 %"


def test_the_interval_of_the_ratio_holds_what_it_promises() -> None:
    """Two runs of one distribution are called different seldom, of two that differ by 3 % often."""
    random = np.random.default_rng(3)

    def share(shift: int) -> float:
        changes = []
        for _ in range(400):
            one = silicon(*(random.integers(9_800, 10_200, 60) + shift))
            other = silicon(*random.integers(9_800, 10_200, 60))
            changes.append(verdict(one, other, noise_percent=0).change)
        return np.mean([one is not Change.SAME for one in changes]).item()

    assert share(0) < 0.05
    assert share(300) > 0.99
