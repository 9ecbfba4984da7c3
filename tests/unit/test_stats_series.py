"""Samples of a run that is measured: counted all, kept in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinylab.stats import counted, series
from tinylab.stats.counted import Counted, Tally
from tinylab.stats.cycles import summarize, summarize_counted
from tinylab.stats.series import Series

batches = st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=12)


@settings(max_examples=100)
@given(batches, st.integers(1, 20))
def test_every_sample_is_counted_and_the_order_is_thinned(
    found: list[list[int]], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "MOST", most)
        patch.setattr(series, "PIECES", most)
        patch.setattr(counted, "PENDING", most)
        taken = Series()
        for one in found:
            taken.add(np.array(one, np.uint64))
    every = [value for one in found for value in one]
    table = taken.counted()
    assert [table[index] for index in range(table.size)] == sorted(every)
    assert table.total() == sum(every)
    assert taken.order().tolist() == every[:: taken.step]
    assert taken.order().size <= most + 30


def test_statistics_of_large_counts_are_those_of_the_samples() -> None:
    values = np.random.default_rng(3).normal(2**40, 2**20, 10_001).astype(np.uint64)
    stats = summarize(values)
    assert stats.median == np.median(values)
    assert stats.mean == pytest.approx(float(values.mean()), rel=1e-15)
    assert stats.stdev == pytest.approx(float(values.astype(float).std(ddof=1)), rel=1e-12)
    assert stats.mad == np.median(np.abs(values.astype(float) - stats.median))
    assert stats.p99 == int(np.sort(values)[9900])


def test_a_day_is_counted_from_tables() -> None:
    tally = Tally()
    day = Counted(np.array([10, 20, 30], np.uint64), np.array([10**9, 7 * 10**8, 1], np.int64))
    tally.add(day)
    tally.add(np.array([20], np.uint64))
    stats = summarize_counted(tally.counted())
    assert (stats.n, stats.min, stats.median, stats.max) == (1_700_000_002, 10, 10, 30)
    assert stats.mean == (10 * 10**9 + 20 * (7 * 10**8 + 1) + 30) / 1_700_000_002


def test_small_batches_of_a_long_run_do_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(series, "MOST", 50_000)
    monkeypatch.setattr(counted, "PENDING", 10_000)
    taken, batch = Series(), np.full(10, 7, np.uint64)
    tracemalloc.start()
    for _ in range(100_000):
        taken.add(batch)
    _, used = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken.step > 10
    assert used < 2e6
