"""Runs against a baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.records import record, session
from tinylab.errors import InputError
from tinylab.results.compare import Change, compare, missing
from tinylab.results.record import RunDocument, RunRecord
from tinylab.stats import summarize


def document(*rows: RunRecord) -> RunDocument:
    return replace(session(), rows=rows, failures=())


def taking(*cycles: int, **changes: object) -> RunRecord:
    return record(cycles=summarize(np.array(cycles, dtype=np.uint64)), **changes)


def test_more_cycles_are_slower_by_a_ratio_with_an_interval() -> None:
    (found,) = compare(document(taking(1_420)), document(taking(1_000)))
    assert (found.change, found.ratio, found.low, found.high) == (Change.SLOWER, 1.42, 1.42, 1.42)
    assert str(found) == "house_price on sim:nucleo_wb55rg at 48 MHz: 1.42x [1.42, 1.42] slower"
    assert found.regressed(41)
    assert not found.regressed(43)


def test_fewer_cycles_are_faster() -> None:
    (found,) = compare(document(taking(1_000)), document(taking(1_420)))
    assert str(found).endswith(": 1.42x [1.42, 1.42] faster")
    assert not found.regressed(0)


def test_less_than_noise_is_the_same() -> None:
    (found,) = compare(document(taking(1_009)), document(taking(1_000)))
    assert str(found).endswith(": same (+0.90% cycles)")
    assert not found.regressed(0.5)
    (strict,) = compare(document(taking(1_009)), document(taking(1_000)), noise_percent=0.5)
    assert strict.regressed(0.5)


def test_medians_whose_intervals_overlap_are_the_same() -> None:
    noisy = taking(*range(600, 1_500, 10))
    (found,) = compare(document(noisy), document(taking(1_000)))
    assert found.ratio > 1.01
    assert found.change is Change.SAME


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_sha256": "00" * 32}, "another network"),
        ({"compression": "x4"}, "another compression"),
        ({"runtime": "cubeai"}, "another runtime"),
        ({"simulated": False}, "virtual board"),
        ({"valid": False}, "invalid"),
    ],
)
def test_unlike_runs_are_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(InputError) as caught:
        compare(document(record()), document(record(**changes)))
    assert why in caught.value.details


def test_a_baseline_of_other_runs_is_refused() -> None:
    with pytest.raises(InputError, match="none of these runs"):
        compare(document(record(column=0)), document(record(column=1)))


def test_what_only_one_of_the_two_has_is_named() -> None:
    now, before = document(record(column=0)), document(record(column=0), record(column=1))
    assert missing(now, before) == ["house_price on sim:nucleo_wb55rg at 64 MHz"]
