"""Statistics of cycle counts, checked against straightforward computation."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from tinylab.errors import MeasurementError
from tinylab.stats.cycles import summarize
from tinylab.stats.histogram import Bin, histogram
from tinylab.stats.order import median_interval
from tinylab.stats.rolling import Rolling
from tinylab.stats.spread import SampleSpread, received


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_no_spread_gives_a_zero_width_interval_and_no_nan() -> None:
    stats = summarize(counts(*[96_123] * 500))
    assert (stats.min, stats.median, stats.mean, stats.max) == (96_123,) * 4
    assert (stats.stdev, stats.mad, stats.outliers) == (0.0, 0.0, 0)
    assert (stats.median_low, stats.median_high) == (96_123.0, 96_123.0)


def test_one_sample_is_enough() -> None:
    stats = summarize(counts(7))
    assert (stats.n, stats.median, stats.stdev) == (1, 7, 0.0)
    assert (stats.p95, stats.p99) == (None, None)
    assert (stats.median_low, stats.median_high, stats.median_level) == (None, None, None)


def test_nothing_measured_is_an_error_with_a_remedy() -> None:
    with pytest.raises(MeasurementError, match="--inferences"):
        summarize(counts())


def test_a_single_tick_of_jitter_is_no_outlier() -> None:
    """Tukey's fences would flag it: the quartiles are equal."""
    assert summarize(counts(*[8_000_000] * 99, 8_000_001)).outliers == 0


def test_a_millisecond_among_microseconds_is_one() -> None:
    stats = summarize(counts(*[1_000] * 99, 64_000))
    assert stats.outliers == 1
    assert stats.max == 64_000, "flagged, never dropped"
    assert stats.n == 100


@pytest.mark.parametrize(
    ("samples", "edge"),
    [
        pytest.param([100] * 99, 101, id="one cycle, without spread"),
        pytest.param([1_000_000] * 99, 1_001_000, id="a thousandth of the median"),
        # A median of 10,000 and a MAD of 100: 3.5 standard deviations of 148.26.
        pytest.param([9_900] * 30 + [10_000] * 39 + [10_100] * 30, 10_518, id="by the spread"),
    ],
)
def test_an_outlier_lies_outside_the_fence_not_on_it(samples: list[int], edge: int) -> None:
    assert summarize(counts(*samples, edge)).outliers == 0
    assert summarize(counts(*samples, edge + 1)).outliers == 1


def test_spread_is_the_deviation_of_samples_and_of_their_median() -> None:
    stats = summarize(counts(10, 12, 14, 16, 28))
    assert (stats.median, stats.mean, stats.mad) == (14, 16, 2)
    assert stats.stdev == pytest.approx(math.sqrt((36 + 16 + 4 + 0 + 144) / 4))


def test_two_samples_have_a_deviation_and_one_has_none() -> None:
    assert summarize(counts(10, 14)).stdev == pytest.approx(math.sqrt(8))
    rolling = Rolling()
    rolling.add(counts(10))
    first = rolling.snapshot()
    rolling.add(counts(14))
    second = rolling.snapshot()
    assert first is not None
    assert second is not None
    assert (first.stdev, first.median, first.p99) == (0.0, 10.0, None)
    assert second.stdev == pytest.approx(math.sqrt(8))


def test_rolling_statistics_without_spread_have_none() -> None:
    rolling = Rolling()
    for _ in range(3):
        rolling.add(counts(*[96_123] * 500))
    seen = rolling.snapshot()
    assert seen is not None
    assert (seen.n, seen.window, seen.mean, seen.stdev) == (1_500, 1_000, 96_123.0, 0.0)


def test_percentiles_are_counts_that_were_observed() -> None:
    stats = summarize(counts(*range(1, 101)))
    assert (stats.p95, stats.p99) == (95, 99)


@pytest.mark.parametrize(("n", "p95", "p99"), [(19, None, None), (20, 19, None), (99, 95, None)])
def test_a_percentile_needs_a_sample_above_it(n: int, p95: int | None, p99: int | None) -> None:
    stats = summarize(counts(*range(1, n + 1)))
    assert (stats.p95, stats.p99) == (p95, p99)


def test_counts_beyond_32_bits_are_kept_to_the_unit() -> None:
    big = 2**33 + 1
    stats = summarize(counts(big, big, big + 2))
    assert (stats.min, stats.median, stats.max) == (big, big, big + 2)


@pytest.mark.parametrize("n", [6, 7, 15, 40, 100, 999, 1_000])
def test_the_interval_of_the_median_has_the_level_that_it_claims(n: int) -> None:
    """Of many sets of samples: as many as the level says have the true median between its ends."""
    found = median_interval(np.arange(n, dtype=np.uint64))
    assert found is not None
    below = np.random.default_rng(5).binomial(n, 0.5, 200_000)
    covered = np.mean((below > found.low) & (below <= found.high))
    assert 0.95 <= found.level < 1
    assert covered == pytest.approx(found.level, abs=0.003)


@pytest.mark.parametrize("n", [6, 23, 500, 1_000])
def test_no_narrower_interval_reaches_the_level(n: int) -> None:
    found = median_interval(np.arange(n, dtype=np.uint64))
    assert found is not None
    below = np.random.default_rng(6).binomial(n, 0.5, 400_000)
    inner = np.mean((below > found.low + 1) & (below <= found.high - 1))
    assert inner < 0.951


def test_the_level_of_many_samples_goes_on_from_that_of_fewer() -> None:
    few, many = (median_interval(np.arange(n, dtype=np.uint64)) for n in (1_000, 1_001))
    assert few is not None
    assert many is not None
    assert abs(many.low - few.low) <= 1
    assert many.level == pytest.approx(few.level, abs=0.005)


@pytest.mark.parametrize("n", range(6))
def test_five_samples_have_no_interval_of_the_median(n: int) -> None:
    assert median_interval(np.arange(n, dtype=np.uint64)) is None


def test_the_same_samples_give_the_same_interval() -> None:
    values = counts(*np.random.default_rng(1).integers(1_000, 2_000, 77).tolist())
    assert summarize(values) == summarize(values[::-1])


def test_rolling_statistics_agree_with_those_of_the_whole() -> None:
    samples = np.random.default_rng(2).integers(90_000, 110_000, 997).astype(np.uint64)
    rolling = Rolling(window=1_000)
    for batch in np.array_split(samples, 13):
        rolling.add(batch)
    seen, whole = rolling.snapshot(), summarize(samples)
    assert seen is not None
    assert (seen.n, seen.min, seen.max) == (whole.n, whole.min, whole.max)
    assert (seen.median, seen.p95, seen.p99) == (whole.median, whole.p95, whole.p99)
    assert seen.mean == pytest.approx(whole.mean)
    assert seen.stdev == pytest.approx(whole.stdev)
    assert seen.last == samples[-1]


def test_rolling_quantiles_are_those_of_the_window() -> None:
    rolling = Rolling(window=10)
    rolling.add(counts(*[5] * 1_000))
    rolling.add(counts(*[9] * 25))
    seen = rolling.snapshot()
    assert seen is not None
    assert (seen.n, seen.min, seen.median, seen.window) == (1_025, 5, 9.0, 10)
    assert rolling.recent() == (9,) * 10


def test_rolling_says_nothing_before_the_first_sample() -> None:
    rolling = Rolling()
    rolling.add(counts())
    assert rolling.snapshot() is None
    assert rolling.n == 0


def test_rolling_counts_all_samples_also_those_that_have_left_the_window() -> None:
    rolling = Rolling(window=3)
    for size in (2, 0, 5):
        rolling.add(counts(*[7] * size))
    assert rolling.n == 7


def test_a_histogram_has_bins_of_whole_cycles() -> None:
    assert histogram(counts(10, 10, 11, 13, 15), 3) == (
        Bin(10, 11, 3),
        Bin(12, 13, 1),
        Bin(14, 15, 1),
    )


def test_equal_samples_are_one_bin() -> None:
    assert histogram(counts(*[34_532] * 6), 8) == (Bin(34_532, 34_532, 6),)


def test_two_neighbouring_counts_are_two_bins_however_many_are_allowed() -> None:
    assert histogram(counts(7, 8, 8), 12) == (Bin(7, 7, 1), Bin(8, 8, 2))


@pytest.mark.parametrize("most", [1, 2, 3, 7, 12])
def test_every_sample_is_in_just_one_bin(most: int) -> None:
    samples = np.random.default_rng(3).integers(2**33, 2**33 + 1_000, 500).astype(np.uint64)
    bins = histogram(samples, most)
    assert 1 <= len(bins) <= most
    assert bins[0].low == samples.min()
    assert bins[-1].low <= samples.max() <= bins[-1].high
    for before, after in pairwise(bins):
        assert after.low == before.high + 1
    for one in bins:
        assert one.count == np.count_nonzero((samples >= one.low) & (samples <= one.high))


def test_there_is_no_histogram_of_nothing_and_none_without_room() -> None:
    assert histogram(counts(), 5) == ()
    assert histogram(counts(1, 2), 0) == ()


def test_the_spread_over_samples_stands_beside_that_of_repetitions() -> None:
    """A lost count, 0, is no sample, and moves no number."""
    found = SampleSpread.of(counts(110, 0, 90, 100, 110), repetitions=50, repeated=0.5)
    assert (found.low, found.fastest, found.high, found.slowest) == (90, 3, 110, 1)
    assert (found.median, found.stdev) == (
        105.0,
        pytest.approx(np.std([110, 90, 100, 110], ddof=1)),
    )
    assert found.sigma == "σ 9.1 % between samples, 0.48 % within sample 1 (50 times)"
    assert received([110, 0, 90]).tolist() == [110, 90]
    assert SampleSpread.of(counts(7), 1, 0.0).stdev == 0.0
