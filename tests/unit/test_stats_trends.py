"""Warnings about a run's inferences: which sequences give them, and which do not."""

from __future__ import annotations

import numpy as np
import pytest

from tinylab.stats.cycles import summarize
from tinylab.stats.trends import unsteady

RANDOM = np.random.default_rng(4)
NOISE = RANDOM.integers(-20, 21, 400)


def said(cycles: np.ndarray) -> str:
    counted = cycles.astype(np.uint64)
    return "; ".join(unsteady(counted, summarize(counted)))


@pytest.mark.parametrize(
    "cycles",
    [
        pytest.param(np.full(400, 100_000), id="all alike"),
        pytest.param(np.array([100_000, 100_900, 100_000]), id="too few to tell"),
        pytest.param(100_000 + NOISE, id="noise"),
        pytest.param(100_000 + NOISE + np.linspace(0, 50, 400), id="a drift of no account"),
    ],
)
def test_inferences_that_are_alike_give_no_warning(cycles: np.ndarray) -> None:
    assert said(cycles) == ""


def test_a_start_in_another_state_names_the_warm_up() -> None:
    cycles = 100_000 + NOISE
    cycles[:40] += 3_000
    assert "first tenth of the inferences took +3.00% cycles" in said(cycles)
    assert "--warmup" in said(cycles)


@pytest.mark.parametrize(("end", "percent"), [(2_000, "+1.0"), (-2_000, "-1.0")])
def test_a_drift_has_its_direction(end: int, percent: str) -> None:
    cycles = 100_000 + NOISE + np.linspace(0, end, 400)
    assert "against the second" in said(cycles)
    assert f"took {percent}" in said(cycles)


def test_an_outlier_is_named_with_its_distance() -> None:
    cycles = 100_000 + NOISE
    cycles[200] = 164_000
    assert "1 of 400 inferences, up to 63,9" in said(cycles)
