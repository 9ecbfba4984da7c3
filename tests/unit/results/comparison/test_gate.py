"""What counts as a regression, by measure, model and board."""

from __future__ import annotations

import pytest

from tests.unit.results.comparison.run_figures import figures, silicon
from tinylab.errors import InputError
from tinylab.export.ci.github import render_github
from tinylab.results.comparison.comparison import compare
from tinylab.results.comparison.figures import RunFigures
from tinylab.results.comparison.gate import (
    Allowance,
    Measure,
    allowance,
    judge,
    noise,
)
from tinylab.results.record import RunDocument
from tinylab.results.record_parts import Judgement


def judged(now: RunFigures, before: RunFigures, *allowed: Allowance) -> dict[Measure, Judgement]:
    comparisons = compare([now], [before], noise_percent=noise(allowed))
    return {Measure(one.measure): one for one in judge(comparisons, allowed)}


def test_one_simulated_cycle_more_is_a_regression_and_its_layer_is_named() -> None:
    now = figures(1_001, layers={"dense": 601, "dense_1": 400})
    found = judged(now, figures(1_000, layers={"dense": 600, "dense_1": 400}))[Measure.TIME]
    assert found.regressed
    assert found.text.endswith("more than 0 %: REGRESSION; dense +1 cycles")


def test_fewer_cycles_are_told_as_an_improvement() -> None:
    found = judged(figures(900), figures(1_000))[Measure.TIME]
    assert found.improved
    assert not found.regressed
    assert "faster" in found.text


def test_just_the_limit_is_allowed() -> None:
    now, before = figures(1_020), figures(1_000)
    assert not judged(now, before, allowance("2"))[Measure.TIME].regressed
    assert judged(now, before, allowance("1.9%"))[Measure.TIME].regressed


def test_on_silicon_one_percent_is_noise_and_few_inferences_decide_nothing() -> None:
    before = silicon(*[1_000] * 9)
    assert not judged(silicon(*[1_010] * 9), before)[Measure.TIME].regressed
    assert judged(silicon(*[1_011] * 9), before)[Measure.TIME].regressed
    assert judged(silicon(*[1_009] * 9), before, allowance("0.5"))[Measure.TIME].regressed
    few = judged(silicon(1_100, 1_110), before)[Measure.TIME]
    assert (few.regressed, few.undecided) == (False, True)
    assert "--inferences" in few.text
    faster = judged(silicon(900, 910), before)[Measure.TIME]
    assert (faster.regressed, faster.undecided) == (False, False)


@pytest.mark.parametrize(
    ("measure", "name", "worse", "better"),
    [
        (Measure.FLASH, "flash_bytes", 1_030, 990),
        (Measure.RAM, "ram_bytes", 1_030, 990),
        (Measure.STACK, "stack_bytes", 1_030, 990),
        (Measure.ACCURACY, "accuracy", 970, 1_010),
    ],
)
def test_other_measures_are_judged_where_it_is_asked_for(
    measure: Measure, name: str, worse: int, better: int
) -> None:
    before = figures(1_000, **{name: 1_000})
    now, good = figures(1_000, **{name: worse}), figures(1_000, **{name: better})
    assert not judged(now, before)[measure].regressed
    assert judged(now, before, allowance(f"{measure}=2%"))[measure].regressed
    assert not judged(now, before, allowance(f"{measure}=3%"))[measure].regressed
    assert not judged(good, before, allowance(f"{measure}=0"))[measure].regressed


def test_the_allowance_that_says_most_about_the_run_decides() -> None:
    time = Measure.TIME
    every, of_model = Allowance(time, 0), Allowance(time, 5, model="house_price")
    exact = Allowance(time, 50, model="house_price", board="sim:nucleo_wb55rg")
    now, before = figures(1_040), figures(1_000)
    assert judged(now, before, every)[time].regressed
    assert not judged(now, before, of_model, every)[time].regressed
    assert not judged(figures(1_400), before, exact, of_model, every)[time].regressed
    other = Allowance(time, 50, board="sim:nucleo_h723zg")
    assert judged(now, before, other)[time].regressed


def test_a_measure_that_was_nothing_has_grown_beyond_every_percentage() -> None:
    found = judged(figures(1, stack_bytes=8), figures(1, stack_bytes=0), allowance("stack=100"))
    assert found[Measure.STACK].regressed


@pytest.mark.parametrize("text", ["", "fast", "ram", "heat=2", "ram=-1", "nan", "ram=inf", "2 MB"])
def test_an_allowance_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--max-regress"):
        allowance(text)


def test_one_byte_more_of_a_million_is_seen() -> None:
    now, before = (figures(9, flash_bytes=count) for count in (1_000_001, 1_000_000))
    found = judged(now, before, Allowance(Measure.FLASH, 0))[Measure.FLASH]
    assert "1,000,000 -> 1,000,001 (+0.0001 %)" in found.text
    table = render_github(RunDocument("0.1", "then", (), judged=(found,)))
    assert "1,000,000 | 1,000,001 | +0.0001 %" in table
