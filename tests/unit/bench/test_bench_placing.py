"""The planner of memories."""

from __future__ import annotations

import pytest

from tinylab.bench.prepare import fit, placing
from tinylab.bench.prepare.placing import Need, Wish
from tinylab.boards import catalog
from tinylab.boards.board import Board, Bus
from tinylab.boards.placement import Placement
from tinylab.codegen.target import Goal
from tinylab.errors import DoesNotFit

H7 = catalog.by_name("nucleo_h723zg")
WB = catalog.by_name("nucleo_wb55rg")
DTCM, AXI = H7.ram


def need(weights: int = 50_000, activations: int = 2000) -> Need:
    return Need(weights=weights, activations=activations, input=100, output=40)


def placed(board: Board, wanted: Need, goal: Goal | None, **parts: str) -> placing.Placed:
    return placing.plan(board, wanted, Wish(Placement(**parts), goal))


@pytest.mark.parametrize("goal", [Goal.RAM, Goal.BALANCED, None])
def test_only_for_speed_are_weights_copied_to_ram(goal: Goal | None) -> None:
    found = placed(H7, need(), goal)
    assert str(found.placement) == "weights=flash,activations=dtcm,scratch=dtcm,code=flash"
    assert found.layout.weights is None


def test_for_speed_weights_go_into_the_fastest_ram_with_the_room() -> None:
    assert placed(H7, need(), Goal.SPEED).placement.weights == "dtcm"
    assert placed(H7, need(weights=150_000), Goal.SPEED).placement.weights == "axi"
    far = placed(H7, need(weights=400_000), Goal.SPEED)
    assert far.placement.weights == "flash"
    missing = 400_000 - AXI.size
    assert f"stay in the flash: AXI SRAM lacks {missing:,} bytes for a copy" in far.note
    assert placed(WB, need(), Goal.SPEED).placement.weights == "sram1"


def test_weights_that_fit_into_the_data_cache_are_not_copied() -> None:
    cache = H7.timing["dcache_bytes"]
    small = placed(H7, need(cache - 2000), Goal.SPEED)
    assert (small.placement.weights, small.fits) == ("flash", True)
    assert "data cache" in small.note
    assert placed(H7, need(cache - 1999), Goal.SPEED).placement.weights == "dtcm"
    assert placed(WB, need(8000), Goal.SPEED).placement.weights == "sram1"


def test_activations_go_where_they_fit_and_before_weights() -> None:
    found = placed(H7, need(activations=DTCM.size), Goal.SPEED)
    assert (found.placement.activations, found.placement.weights) == ("axi", "dtcm")
    assert found.layout.activations == (AXI, DTCM)
    both = placed(H7, need(weights=100_000, activations=60_000), Goal.SPEED)
    assert (both.placement.activations, both.placement.weights) == ("dtcm", "axi")


def test_what_is_asked_for_goes_first() -> None:
    found = placed(H7, need(weights=100_000, activations=60_000), Goal.BALANCED, weights="dtcm")
    assert found.fits
    assert str(found.placement) == "weights=dtcm,activations=axi,scratch=axi,code=flash"
    stays = placed(H7, need(), Goal.SPEED, weights="flash")
    assert stays.placement.weights == "flash"
    assert stays.layout.weights is None


def test_what_is_missing_is_of_one_memory_and_to_the_byte() -> None:
    room = DTCM.size - need().fixed_ram
    exact = need(weights=room)
    assert placed(H7, exact, None, weights="dtcm").fits
    [missing] = placed(H7, need(weights=room + 1), None, weights="dtcm", activations="dtcm").missing
    assert (missing.memory, missing.bytes) == (DTCM, 2001)


def test_it_says_which_memory_lacks_how_much_and_where_it_fits() -> None:
    wish = Wish(Placement(weights="dtcm", activations="dtcm"), Goal.SPEED)
    with pytest.raises(DoesNotFit) as caught:
        fit.require(H7, "big", need(weights=DTCM.size), wish=wish)
    missing = need().fixed_ram + 2000
    assert f"RAM: {missing:,} bytes missing in DTCM" in caught.value.message
    assert caught.value.ram_missing == missing
    assert caught.value.remedy == "It fits with --place weights=flash,activations=dtcm."


def test_for_speed_it_says_which_goal_fits() -> None:
    large, small = need(activations=400_000), need(activations=300_000)
    with pytest.raises(DoesNotFit) as caught:
        fit.require(H7, "big", large, lambda how: large, lambda: small, Wish(goal=Goal.SPEED))
    missing = 400_000 - AXI.size
    assert f"{missing:,} bytes missing in AXI SRAM" in caught.value.message
    assert caught.value.remedy == "It fits with --optimize ram."


def test_every_board_has_a_ram_that_is_faster_than_its_flash() -> None:
    for board in catalog.all_boards():
        where = placed(board, need(weights=40_000), Goal.SPEED).layout.weights
        assert where is not None
        assert where.bus is Bus.TIGHT
