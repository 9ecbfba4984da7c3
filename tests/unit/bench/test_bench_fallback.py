"""What is generated where the balanced code does not fit on a board."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import networks
from tinylab.bench.plan.plan import Options
from tinylab.bench.prepare.given_samples import Given
from tinylab.bench.prepare.loaded_model import Loaded
from tinylab.bench.prepare.own_code import choose, prepare
from tinylab.bench.prepare.placing import FIRMWARE_RAM_BYTES
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.codegen.compress import Compression
from tinylab.codegen.generate import footprint
from tinylab.codegen.target import Goal, Target
from tinylab.errors import DoesNotFit
from tinylab.zoo import cost
from tinylab.zoo.network import Network, elements

WB = catalog.by_name("nucleo_wb55rg")
LESS = "optimised for RAM, as faster code does not fit"


@pytest.fixture
def loaded() -> Loaded:
    network = networks.image_classification()
    return Loaded(
        name="image",
        title="Image",
        network=network,
        parameters=cost.parameters(network),
        macc=cost.macc(network),
        default_compression="x8",
        golden=None,
        metric=None,
    )


def activations(network: Network, goal: Goal) -> int:
    return footprint(network, Compression.X8, Target(WB.core, goal)).activations_bytes


def with_room_for(network: Network, activations_bytes: int) -> Board:
    """The board with just enough RAM for such activations."""
    buffers = 4 * (elements(network.input_shape) + elements(network.output_shape))
    size = FIRMWARE_RAM_BYTES + buffers + activations_bytes
    return replace(WB, ram=(replace(WB.ram[0], size=size),))


def test_balanced_code_is_taken_where_it_just_fits(loaded: Loaded) -> None:
    room = activations(loaded.network, Goal.BALANCED)
    chosen = choose(loaded, with_room_for(loaded.network, room), Options())
    assert (chosen.target.goal, chosen.note) == (Goal.BALANCED, "")
    assert chosen.compression.footprint.activations_bytes == room


@pytest.mark.parametrize("goal", [Goal.BALANCED, Goal.RAM])
def test_code_with_the_least_ram_is_taken_where_balanced_code_does_not_fit(
    loaded: Loaded, goal: Goal
) -> None:
    """With a byte less than that needs, down to what the smallest code needs."""
    least = activations(loaded.network, Goal.RAM)
    room = least if goal is Goal.RAM else activations(loaded.network, goal) - 4
    assert room >= least
    chosen = choose(loaded, with_room_for(loaded.network, room), Options())
    assert (chosen.target, chosen.note) == (Target(WB.core, Goal.RAM), LESS)
    assert chosen.compression.fits
    assert chosen.compression.footprint.activations_bytes == least


def test_a_goal_that_was_asked_for_is_kept(loaded: Loaded) -> None:
    room = activations(loaded.network, Goal.BALANCED) - 4
    board = with_room_for(loaded.network, room)
    chosen = choose(loaded, board, Options(optimize="balanced"))
    assert chosen.target.goal is Goal.BALANCED
    assert not chosen.compression.fits
    with pytest.raises(DoesNotFit, match="RAM: 4 bytes missing") as caught:
        prepared(loaded, board, Options(optimize="balanced"))
    assert "It fits with --optimize ram" in caught.value.remedy


def test_where_no_code_fits_the_balanced_one_is_refused(loaded: Loaded) -> None:
    least = activations(loaded.network, Goal.RAM)
    balanced = activations(loaded.network, Goal.BALANCED)
    board = with_room_for(loaded.network, least - 4)
    chosen = choose(loaded, board, Options())
    assert (chosen.target.goal, chosen.note) == (Goal.BALANCED, "")
    with pytest.raises(DoesNotFit, match=f"RAM: {balanced - least + 4:,} bytes missing"):
        prepared(loaded, board, Options())


def test_the_result_tells_the_goal_and_why(loaded: Loaded) -> None:
    board = with_room_for(loaded.network, activations(loaded.network, Goal.RAM))
    made = prepared(loaded, board, Options())
    assert made.facts.optimize == "ram"
    assert LESS in made.notes


def prepared(loaded: Loaded, board: Board, options: Options) -> PreparedNetwork:
    inputs = (np.zeros((1, *loaded.network.input_shape), np.float32),)
    return prepare(loaded, board, options, lambda: Given(inputs, "zeros"), lambda: False)
