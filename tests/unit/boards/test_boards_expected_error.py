"""The error that is expected of a board, from made-up comparisons with silicon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tinylab.boards import calibration
from tinylab.boards.board import Core
from tinylab.boards.calibration import (
    CodeClass,
    Conditions,
    Figure,
    expected_error,
    figures,
    of_core,
    summary,
)

FIGURE = Figure(
    image="bench",
    what="a network",
    board="one",
    core=Core.CORTEX_M4,
    simulated_on="one",
    clock_mhz=100,
    published_ms=10.0,
    rounding_ms=0.005,
    simulated_cycles=1_021_000,
    tuned=False,
    source="nowhere",
    conditions=Conditions(wait_states=0),
)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    made = (
        FIGURE,
        replace(FIGURE, simulated_cycles=968_000, tuned=True),
        replace(FIGURE, board="two", simulated_cycles=1_072_000),
        replace(FIGURE, simulated_cycles=3_000_000, counts=False, note="which image is not known"),
        replace(FIGURE, simulated_cycles=1_095_000, code=CodeClass.GENERAL),
        replace(FIGURE, board="three", core=Core.CORTEX_M33, counts=False),
    )
    monkeypatch.setattr(calibration, "figures", lambda: made)


def test_a_figure_tells_its_error_and_what_its_digits_leave_open() -> None:
    assert FIGURE.published_cycles == pytest.approx(1_000_000)
    assert FIGURE.error_percent == pytest.approx(2.1)
    assert FIGURE.rounding_percent == pytest.approx(0.05)


@pytest.mark.usefixtures("table")
def test_a_boards_own_worst_figure_is_its_error_rounded_up() -> None:
    percent, source = expected_error("one", Core.CORTEX_M4)
    assert percent == 4, "3.2 % too few count as much as too many"
    assert source.startswith("worst of 2 figures of networks on this board")


@pytest.mark.usefixtures("table")
def test_general_code_has_an_error_of_its_own() -> None:
    percent, source = expected_error("one", Core.CORTEX_M4, CodeClass.GENERAL)
    assert percent == 10
    assert source.startswith("worst of 1 figures of general code on this board")


@pytest.mark.usefixtures("table")
def test_the_bias_keeps_the_signs() -> None:
    found = summary(of_core(Core.CORTEX_M4, code=CodeClass.NETWORKS))
    assert found is not None
    assert round(found.bias_percent, 4) == round((2.1 - 3.2 + 7.2) / 3, 4)
    assert round(found.mean_percent, 4) == round((2.1 + 3.2 + 7.2) / 3, 4)


@pytest.mark.usefixtures("table")
def test_a_board_without_figures_takes_the_worst_of_its_core() -> None:
    percent, source = expected_error("four", Core.CORTEX_M4)
    assert percent == 8
    assert source.startswith("worst of 3 figures of networks on other boards with a Cortex-M4")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("core", [Core.CORTEX_M33, Core.CORTEX_M7])
def test_a_core_whose_figures_do_not_count_has_no_error(core: Core) -> None:
    assert expected_error("three", core) == (None, "not compared with silicon")


@pytest.mark.usefixtures("table")
def test_figures_are_told_apart_by_whether_they_were_tuned_on() -> None:
    assert [figure.tuned for figure in of_core(Core.CORTEX_M4, tuned=True)] == [True]
    assert len(of_core(Core.CORTEX_M4, tuned=False)) == 4
    found = summary(of_core(Core.CORTEX_M4, code=CodeClass.NETWORKS))
    assert found is not None
    assert (found.figures, round(found.median_percent, 6)) == (3, 3.2)


def test_every_figure_of_the_table_is_a_measurement_with_a_source() -> None:
    for figure in figures():
        assert figure.source
        assert figure.counts or figure.note, "why it does not count is said"
        assert min(figure.clock_hz, figure.published_ms, figure.simulated_cycles) > 0
        assert 0 <= figure.rounding_ms < figure.published_ms
