"""Samples in the database: every coding gives back what it was given, and costs little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinylab.results import sample_blocks
from tinylab.results.sample_blocks import MOST, PACKED, PLAIN, SAME, TABLE, block, counted, samples

MILLION = 1_000_000
values = st.lists(
    st.one_of(st.integers(0, 2**64 - 1), st.integers(1000, 1010)), min_size=1, max_size=60
)


@settings(max_examples=200)
@given(values, st.booleans())
def test_what_goes_in_comes_out(given_values: list[int], ordered: bool) -> None:
    cycles = np.array(given_values, np.uint64)
    coding, blob = block(cycles, ordered=ordered)
    assert coding in {SAME, PACKED if ordered else TABLE}
    back = samples(coding, cycles.size, blob)
    assert back is None if coding == TABLE else back.tolist() == given_values  # type: ignore[union-attr]
    table = counted(coding, cycles.size, blob)
    assert [table[index] for index in range(table.size)] == sorted(given_values)


@settings(max_examples=300)
@given(
    st.sampled_from([SAME, PLAIN, PACKED, TABLE, "", "\x00"]),
    st.one_of(st.integers(-5, 40), st.sampled_from([2**62, MOST + 1])),
    st.one_of(
        st.binary(max_size=80),
        values.map(lambda found: block(np.array(found, np.uint64), ordered=True)[1]),
        values.map(lambda found: block(np.array(found, np.uint64), ordered=False)[1][:-3]),
    ),
)
def test_damaged_bytes_are_a_value_error_and_fill_no_memory(
    coding: str, count: int, blob: bytes
) -> None:
    for read in (samples, counted):
        try:
            found = read(coding, count, blob)
        except ValueError:
            continue
        assert found is None or found.size == count


@pytest.mark.parametrize(("name", "most"), [("exact", 8), ("jitter", 450_000), ("wide", 2_300_000)])
def test_the_size_of_a_million_samples_in_order(name: str, most: int) -> None:
    """README and docs state these: what a simulated, a steady and an unsteady run take."""
    cycles = runs()[name]
    assert len(block(cycles, ordered=True)[1]) <= most


@pytest.mark.parametrize(("name", "most"), [("exact", 8), ("jitter", 200), ("wide", 300_000)])
def test_the_size_of_a_million_samples_that_are_counted(name: str, most: int) -> None:
    assert len(block(runs()[name], ordered=False)[1]) <= most


def runs() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        "exact": np.full(MILLION, 853_214, np.uint64),
        "jitter": (853_214 + random.geometric(0.3, MILLION)).astype(np.uint64),
        "wide": (853_214 * random.normal(1, 0.03, MILLION)).astype(np.uint64),
    }


def test_no_row_is_larger_than_what_is_read() -> None:
    assert max(sample_blocks.ORDERED, sample_blocks.COUNTED) < MOST
