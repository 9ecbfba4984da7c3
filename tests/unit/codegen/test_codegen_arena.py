"""The plan of activations: small, and never clobbered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.layers.traces import trace
from tests.fakes.networks import Recipe, random_network
from tests.fakes.tflite import int16
from tests.fakes.tflite.files import network_of
from tinylab.boards.board import Core
from tinylab.codegen import arena
from tinylab.codegen.arena import Plan
from tinylab.codegen.generate import footprint, generate
from tinylab.codegen.lower import Program, Step, lower
from tinylab.codegen.simplify import simplify
from tinylab.codegen.target import ANY, Goal, Target
from tinylab.zoo.network import INPUT, Network
from tinylab.zoo.operations import Function, PoolKind

FLOAT_BYTES = 4
Memory = dict[object, tuple[str, int]]
"""By address: which element of which tensor is there."""


def program_of(network: Network, target: Target = ANY) -> Program:
    return lower(simplify(network), {}, target)


def run(program: Program, plan: Plan) -> None:
    """Executes only the reads and writes: every read must find the element it wants."""
    memory: Memory = {}

    def address(tensor: str, element: int) -> object:
        if tensor not in plan.offsets:
            return tensor, element
        assert plan.offsets[tensor] % FLOAT_BYTES == 0
        return plan.offsets[tensor] // FLOAT_BYTES + element

    for step in program.steps:
        for kind, element in trace(step):
            if kind == "write":
                memory[address(step.output, element)] = step.output, element
                continue
            for tensor in set(step.inputs) - {INPUT} - program.constants.keys():
                assert memory[address(tensor, element)] == (tensor, element), step.layers


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (networks.house_price, 304),
        (networks.human_activity, 1600),
        (networks.image_classification, 64512),
    ],
)
def test_not_larger_than_cubeais(make: Callable[[], Network], limit: int) -> None:
    assert footprint(make()).activations_bytes <= limit


@pytest.mark.parametrize("seed", range(200))
def test_nothing_is_overwritten_before_it_is_read(seed: int) -> None:
    program = program_of(random_network(seed))
    plan = arena.plan(program)
    run(program, plan)
    assert all(
        offset >= 0 and offset + program.sizes[name] <= plan.bytes
        for name, offset in plan.offsets.items()
    )


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("seed", range(100))
def test_kernels_for_a_core_overwrite_nothing_before_it_is_read(seed: int, goal: Goal) -> None:
    program = program_of(random_network(seed), Target(Core.CORTEX_M7, goal))
    run(program, arena.plan(program))


@pytest.mark.parametrize(
    ("make", "limit"), [(networks.house_price, 304), (networks.human_activity, 1600)]
)
def test_kernels_for_a_core_need_little_more_memory(
    make: Callable[[], Network], limit: int
) -> None:
    program = program_of(make(), Target(Core.CORTEX_M7))
    assert arena.plan(program).bytes <= 1.25 * limit


def test_the_simulation_sees_a_clobbered_tensor() -> None:
    program = program_of(Recipe((8,)).dense(6).dense(6).dense(2).network())
    everything_at_zero = Plan(dict.fromkeys(program.sizes, 0), {}, 24)
    with pytest.raises(AssertionError):
        run(program, everything_at_zero)


def single(layer: Callable[[Recipe], Recipe]) -> Step:
    """The step of one layer between two tensors of the arena."""
    return program_of(layer(Recipe((7, 6, 5)).conv(3, (1, 1))).dense(2).network()).steps[1]


LAYERS: dict[str, Callable[[Recipe], Recipe]] = {
    "conv": lambda r: r.conv(6, (3, 3)),
    "conv same": lambda r: r.conv(9, (3, 2), padding="same"),
    "conv stride": lambda r: r.conv(2, (2, 2), (2, 3)),
    "conv with unread rows": lambda r: r.conv(12, (1, 1), (3, 3)),
    "conv and pool": lambda r: r.conv(7, (2, 2), padding="same").pool((2, 2)),
    "depthwise": lambda r: r.depthwise((3, 3), padding="same", multiplier=2),
    "max pool": lambda r: r.pool((3, 2), (2, 1)),
    "average pool": lambda r: r.pool((2, 2), kind=PoolKind.AVERAGE),
    "global pool": lambda r: r.global_pool(PoolKind.AVERAGE),
    "softmax": lambda r: r.activate(Function.SOFTMAX),
    "tanh": lambda r: r.activate(Function.TANH),
    "grouped": lambda r: r.grouped(15, (3, 2), 3),
    "dilated": lambda r: r.grouped(5, (2, 3), dilation=(3, 2), stride=(2, 1)),
    "dilated depthwise": lambda r: r.dilated_depthwise((2, 3), (3, 2)),
    "transposed": lambda r: r.transposed(6, (3, 3), (2, 2), (0, 1), (14, 12)),
    "transposed, with gaps": lambda r: r.transposed(2, (1, 2), (2, 3), (1, 0), (13, 18)),
    "layer norm": lambda r: r.layer_norm(),
    "leaky relu": lambda r: r.activate(Function.LEAKY_RELU, 0.2),
    "pad": lambda r: r.pad(((1, 0), (2, 1))).activate(Function.TANH),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_the_overlap_is_safe_and_one_more_is_not(layer: Callable[[Recipe], Recipe]) -> None:
    step = single(layer)
    order = step.kernel.order()
    assert order is not None
    assert survives(step, order.lead)
    assert survives(step, order.lead - 3)
    assert not survives(step, order.lead + 1)


@pytest.mark.parametrize("make", [int16.convolutional, int16.dense])
def test_the_overlap_of_int16_layers_is_safe(
    make: Callable[[np.random.Generator], bytes], tmp_path: Path
) -> None:
    found = 0
    for step in program_of(network_of(make(np.random.default_rng(1)), tmp_path)).steps:
        order = step.kernel.order()
        if order is not None:
            found += 1
            assert survives(step, order.lead), step.layers
    assert found >= 4


def survives(step: Step, lead: int) -> bool:
    """Whether all reads see the input when the output starts `lead` elements after it."""
    overwritten: set[int] = set()
    for kind, element in trace(step):
        if kind == "write":
            overwritten.add(element + lead)
        elif element in overwritten:
            return False
    return True


def test_element_wise_layers_work_in_place() -> None:
    wide = Recipe((40,)).dense(100).activate(Function.TANH).activate(Function.SIGMOID).dense(1)
    assert footprint(wide.network()).activations_bytes == 400


def test_a_residual_block_needs_no_third_tensor() -> None:
    recipe = Recipe((6, 6, 8)).conv(8, (1, 1))
    shortcut = recipe.last
    recipe.depthwise((3, 3), padding="same").sum_with(shortcut).dense(1)
    two_tensors = 2 * 6 * 6 * 8 * 4
    assert footprint(recipe.network()).activations_bytes <= two_tensors


ORDERS: dict[str, tuple[Recipe, int]] = {
    "largest first": (
        Recipe((4, 4, 2)).conv(7, (3, 3), padding="same").dense(4).dense(5).dense(5).dense(5)
        .sum_with("dense_4").dense(1), 176,
    ),
    "as they are written": (
        Recipe((4, 4, 2)).conv(9, (3, 3), padding="same").dense(9)
        .conv(6, (3, 3), padding="same").dense(9).dense(1), 288,
    ),
    "last written first": (
        Recipe((4, 4, 2)).dense(2).dense(2).sum_with("dense_1").conv(5, (1, 1)).dense(1), 81,
    ),
    "longest needed first": (
        Recipe((4, 4, 2)).conv(6, (3, 3), padding="same").conv(2, (3, 3), padding="same")
        .dense(2).sum_with("conv_2").conv(6, (1, 1)).dense(1), 107,
    ),
    "by size times time": (
        Recipe((4, 4, 2)).activate(Function.TANH).conv(6, (1, 1)).conv(6, (1, 1)).dense(1)
        .conv(6, (3, 3), padding="same").dense(2).sum_with("activate_1").sum_with("dense_6")
        .activate(Function.TANH).dense(1), 160,
    ),
    "by size times time: wide ones for long": (
        Recipe((4, 4, 2)).activate(Function.TANH).conv(3, (3, 3), padding="same")
        .conv(6, (3, 3), padding="same").conv(3, (3, 3), padding="same")
        .sum_with("conv_2").sum_with("conv_4").sum_with("arithmetic_5").dense(1), 161,
    ),
    "by size times time: the first step counts": (
        Recipe((5,)).dense(8).dense(3).dense(3).dense(9).dense(3).sum_with("dense_3").dense(8)
        .dense(8).dense(1), 16,
    ),
}  # fmt: skip
"""Networks for which one order alone finds the smallest arena, and its elements."""


@pytest.mark.parametrize(("recipe", "elements"), ORDERS.values(), ids=ORDERS.keys())
def test_each_order_of_placing_is_the_best_for_some_network(recipe: Recipe, elements: int) -> None:
    program = program_of(recipe.network())
    plan = arena.plan(program)
    run(program, plan)
    assert plan.bytes == FLOAT_BYTES * elements


def test_the_last_layer_writes_to_the_caller() -> None:
    program = program_of(Recipe((4,)).dense(50).activate(Function.SOFTMAX).network())
    assert arena.plan(program) == Plan({}, {}, 0)


def test_scratch_memory_apart_is_one_array_for_all_steps_and_not_in_the_arena() -> None:
    program = program_of(networks.image_classification(), Target(Core.CORTEX_M7, Goal.SPEED))
    within, apart = arena.plan(program), arena.plan(program, scratch_apart=True)
    sizes = [size for step in program.steps if (size := step.kernel.scratch())]
    assert sizes
    assert (within.scratch_bytes, within.scratch.keys()) == (0, apart.scratch.keys())
    assert set(apart.scratch.values()) == {0}
    assert max(sizes) <= apart.scratch_bytes < max(sizes) + 8
    assert apart.bytes < within.bytes
    target = Target(Core.CORTEX_M7, Goal.SPEED, scratch_apart=True)
    generated = generate(networks.image_classification(), target=target)
    source = generated.files["network.c"].decode()
    assert f"static ai_u8 scratch[{apart.scratch_bytes}];" in source
    assert source.count("TL_AT(scratch, 0)") == len(sizes)
    assert generated.activations_bytes == apart.bytes
