"""Runs against a baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.records import record, session
from tinylab.errors import InputError
from tinylab.results.compare import Change, compare, missing
from tinylab.results.record import RunDocument, RunRecord
from tinylab.stats.cycles import summarize


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


def median_of(low: float, median: float, high: float) -> RunRecord:
    """A run whose median is known no better than from `low` to `high`."""
    cycles = replace(record().cycles, median=median, median_low=low, median_high=high)
    return record(cycles=cycles)


NOW, BEFORE = median_of(1_390, 1_400, 1_440), median_of(960, 1_000, 1_040)


def test_the_interval_is_from_the_least_ratio_of_the_two_medians_to_the_largest() -> None:
    (found,) = compare(document(NOW), document(BEFORE))
    assert (found.low, found.high) == (1_390 / 1_040, 1_440 / 960)
    assert str(found).endswith(": 1.4x [1.34, 1.5] slower")
    (back,) = compare(document(BEFORE), document(NOW))
    assert (back.low, back.high) == (960 / 1_440, 1_040 / 1_390)
    assert str(back).endswith(": 1.4x [1.34, 1.5] faster")


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
    (found,) = compare(document(median_of(*now)), document(median_of(*before)))
    assert found.change is change


def test_a_change_of_just_the_noise_is_none_and_just_the_limit_is_allowed() -> None:
    now, before = document(taking(1_250)), document(taking(1_000))
    assert [one.change for one in compare(now, before, noise_percent=25)] == [Change.SAME]
    assert [one.change for one in compare(now, before, noise_percent=24.9)] == [Change.SLOWER]
    (found,) = compare(now, before)
    assert found.change is Change.SLOWER
    assert not found.regressed(25)
    assert found.regressed(24.9)


def test_noise_is_one_percent_unless_said_otherwise() -> None:
    (found,) = compare(document(taking(10_105)), document(taking(10_000)))
    assert found.change is Change.SLOWER


def test_a_document_without_valid_runs_has_nothing_to_compare() -> None:
    assert compare(document(record(valid=False)), document(record())) == ()


def test_runs_of_two_runtimes_are_compared_each_with_its_own() -> None:
    theirs = {"runtime": "cubeai"}
    now = document(taking(1_000), taking(3_000, **theirs))
    before = document(taking(2_000, **theirs), taking(1_000))
    assert [one.ratio for one in compare(now, before)] == [1.0, 1.5]
    assert [one.ratio for one in compare(document(taking(1_500)), before)] == [1.5]


def test_only_virtual_boards_are_called_so() -> None:
    (found,) = compare(document(record(simulated=False)), document(record(simulated=False)))
    assert str(found).startswith("house_price on nucleo_wb55rg at 48 MHz: same")


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
    now = document(record(column=0), record(column=2, valid=False))
    with pytest.raises(InputError, match="none of these runs"):
        compare(now, document(record(column=1)))


def test_what_only_one_of_the_two_has_is_named() -> None:
    now, before = document(record(column=0)), document(record(column=0), record(column=1))
    assert missing(now, before) == ["house_price on sim:nucleo_wb55rg at 64 MHz"]
