"""The project's record of its own error, and what it says of each board."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tinylab.boards import calibration, catalog
from tinylab.boards.board import Core
from tinylab.boards.calibration import CodeClass, Figure

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulation.md"
FIGURES = calibration.figures()


def test_every_figure_is_whole() -> None:
    boards = {board.name: board for board in catalog.all_boards()}
    for figure in FIGURES:
        board = boards[figure.simulated_on]
        assert board.core is figure.core, figure.image
        assert figure.clock_hz <= board.max_hz, figure.image
        assert figure.simulated_cycles > 0
        assert figure.rounding_ms > 0
        assert figure.source
        assert figure.conditions.wait_states >= 0
        assert figure.counts or figure.note, "why a figure does not count is said"
    assert len({(figure.image, figure.clock_hz) for figure in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("core", list(Core))
def test_each_core_has_figures_that_were_never_tuned_on(core: Core) -> None:
    held_out = calibration.summary(calibration.of_core(core, tuned=False))
    assert held_out is not None
    assert held_out.figures >= 5


def test_an_error_is_that_of_simulated_against_published_cycles() -> None:
    figure = replace(FIGURES[0], published_ms=2.0, clock_mhz=50.0, simulated_cycles=98_000)
    assert figure.published_cycles == pytest.approx(100_000)
    assert figure.error_percent == pytest.approx(-2.0)


def test_the_expected_error_is_the_worst_of_the_board_itself() -> None:
    board = catalog.by_name("nucleo_wb55rg")
    own = [figure for figure in FIGURES if figure.board == board.name]
    worst = max(abs(figure.error_percent) for figure in own if figure.counts)
    assert board.expected_error_percent == math.ceil(worst)
    assert "this board" in board.expected_error_source


def test_a_board_that_was_never_compared_has_the_error_of_its_core() -> None:
    board = catalog.by_name("nucleo_f767zi")
    worst = max(
        abs(f.error_percent)
        for f in calibration.of_core(board.core, code=CodeClass.NETWORKS)
        if f.counts
    )
    assert board.expected_error_percent == math.ceil(worst)
    assert "other boards" in board.expected_error_source


def test_what_does_not_count_is_not_summed_up() -> None:
    figure = replace(FIGURES[0], counts=False)
    assert calibration.summary([figure]) is None


def row(figure: Figure) -> str:
    return (
        f"{figure.published_cycles:,.0f} | {figure.simulated_cycles:,.0f} | "
        f"{figure.error_percent:+.1f} % |"
    )


def test_the_page_on_simulation_shows_every_figure() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [figure.image for figure in FIGURES if row(figure) not in text]
    assert not missing
