"""While a board is read, garbage collections leave out what was there before."""

from __future__ import annotations

import gc

import pytest

from tinylab.bench.measure.garbage_collection import collector_frozen


def test_what_was_there_before_is_left_out_until_the_last_measurement_ends() -> None:
    with collector_frozen():
        with collector_frozen():
            assert gc.get_freeze_count() > 0
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_a_measurement_that_breaks_off_leaves_nothing_behind() -> None:
    with pytest.raises(ValueError, match="broken"), collector_frozen():
        raise ValueError("broken")
    assert gc.get_freeze_count() == 0
