"""The area under the curve, by its definition: the share of pairs in the right order."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinylab.bench.firmware.mlperf_accuracy import area_under_curve

SAMPLES = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=20)


@given(SAMPLES.filter(lambda found: len({kind for _, kind in found}) == 2))
def test_pairs_in_the_right_order(samples: list[tuple[int, bool]]) -> None:
    bad = [value for value, kind in samples if kind]
    good = [value for value, kind in samples if not kind]
    pairs = [(one > other) + (one == other) / 2 for one, other in product(bad, good)]
    values, kinds = (np.array(column) for column in zip(*samples, strict=True))
    found = area_under_curve(values.astype(np.float32), kinds)
    assert found == pytest.approx(sum(pairs) / len(pairs))
