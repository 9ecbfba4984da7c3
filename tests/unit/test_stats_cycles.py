"""Statistics of cycle counts, checked against straightforward computation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinylab.errors import MeasurementError
from tinylab.stats import Rolling, median_interval, summarize


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_no_spread_gives_a_zero_width_interval_and_no_nan() -> None:
    stats = summarize(counts(*[96_123] * 500))
    assert (stats.min, stats.median, stats.mean, stats.max) == (96_123,) * 4
    assert (stats.stdev, stats.mad, stats.outliers) == (0.0, 0.0, 0)
    assert (stats.median_low, stats.median_high) == (96_123.0, 96_123.0)


def test_one_sample_is_enough() -> None:
    stats = summarize(counts(7))
    assert (stats.n, stats.p99, stats.stdev) == (1, 7, 0.0)
    assert not math.isnan(stats.median_high)


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


def test_percentiles_are_counts_that_were_observed() -> None:
    stats = summarize(counts(*range(1, 101)))
    assert (stats.p95, stats.p99) == (95, 99)


def test_counts_beyond_32_bits_are_kept_to_the_unit() -> None:
    big = 2**33 + 1
    stats = summarize(counts(big, big, big + 2))
    assert (stats.min, stats.median, stats.max) == (big, big, big + 2)


@pytest.mark.parametrize("n", [9, 10, 51, 200])
def test_the_bootstrap_interval_is_that_of_plain_resampling(n: int) -> None:
    random = np.random.default_rng(5)
    values = np.sort(random.normal(10_000, 200, n))
    resampled = np.median(random.choice(values, (20_000, n)), axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    ours = median_interval(values)
    assert ours[0] == pytest.approx(low, abs=40)
    assert ours[1] == pytest.approx(high, abs=40)


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
