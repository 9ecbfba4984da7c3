"""Advice about placement: an option that the board takes, fits, and answers the largest wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.records import layer
from tinylab.bench.prepare import placing
from tinylab.bench.prepare.placing import Need, Wish
from tinylab.bench.prepare.placing_advice import advice
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.boards.placement import NOWHERE, Placement, check, parse
from tinylab.results.layer_profile import LayerProfile

H7, WB = catalog.by_name("nucleo_h723zg"), catalog.by_name("nucleo_wb55rg")
NEED = Need(weights=50_000, activations=2000, input=100, output=40)


def told(
    board: Board, need: Need, wanted: Placement = NOWHERE, code: int = 6000, **waits: int
) -> str:
    """Of a layer of 1,000 cycles that is half of the inference."""
    profile = LayerProfile((layer("dense", 1000, 4000, **waits),), 1000)
    wish = Wish(wanted)
    linked = placing.plan(board, need, wish).placement
    said = advice(board, need, wish, linked, profile, code)
    if said:
        option = parse([said.rpartition("--place ")[2]])
        check(board, option)
        assert placing.plan(board, need, replace(wish, placement=option)).fits
    return said


@pytest.mark.parametrize(("board", "option"), [(H7, "weights=dtcm"), (WB, "weights=sram1")])
def test_weights_go_into_the_fastest_memory_with_the_room(board: Board, option: str) -> None:
    said = told(board, NEED, data_memory=400)
    assert said.startswith("20 % of the inference waits for data")
    assert said.endswith(f"--place {option}")


def test_the_next_memory_where_the_fastest_is_too_small() -> None:
    assert told(H7, replace(NEED, weights=150_000), data_memory=400).endswith("weights=axi")


@pytest.mark.parametrize(
    ("board", "weights"),
    [
        (H7, 400_000),
        (WB, 190_000),
        (H7, 20_000),  # in the data cache
    ],
)
def test_no_advice_where_nothing_fits_or_nothing_is_gained(board: Board, weights: int) -> None:
    assert told(board, replace(NEED, weights=weights), data_memory=900) == ""


def test_no_advice_for_small_and_for_other_waits() -> None:
    assert told(H7, NEED, data_memory=199) == ""
    assert told(H7, NEED, data_memory=300, branch=301) == ""
    assert told(H7, NEED, branch=900) == ""
    assert told(H7, NEED) == ""


def test_what_was_asked_for_stays() -> None:
    said = told(H7, NEED, Placement(activations="axi"), data_memory=400)
    assert said.endswith("--place weights=dtcm,activations=axi")
    done = Placement(weights="dtcm", activations="axi")
    assert told(H7, NEED, done, data_memory=400).endswith("weights=dtcm,activations=dtcm")
    assert told(H7, NEED, Placement(weights="dtcm"), data_memory=400) == ""


def test_weights_are_not_advised_where_they_would_move_the_activations() -> None:
    tight = replace(NEED, weights=100_000, activations=60_000)
    assert told(H7, tight, data_memory=400).endswith("weights=axi")


def test_code_goes_into_memory_for_code_alone() -> None:
    assert told(H7, NEED, code_memory=400).endswith("--place code=itcm")
    assert told(H7, NEED, code=70_000, code_memory=400) == ""
    assert told(WB, NEED, code_memory=400) == ""
