"""Networks without their idle channels compute the same, bit by bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.tflite.files import network_of
from tests.fakes.tflite.mlperf_tiny import NETWORKS, Chain
from tinylab.codegen.channel_ranges import ranges_of
from tinylab.codegen.generate import simplified
from tinylab.codegen.idle_channels import without_idle_channels
from tinylab.codegen.simplify import simplify
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv

BLOCKS = ("conv", "conv without ReLU", "pointwise", "depthwise", "strided", "residual")


def chain(seed: int, blocks: list[str], idle: float, *, averaged: bool = True) -> Chain:
    made = Chain((6, 5, 3), 0.05, 17, seed, idle).conv(24)
    for block in blocks:
        if block == "residual":
            before = made.last
            made.conv(made.shape()[-1], relu=False).added_to(before)
        elif block in ("depthwise", "strided"):
            made.depthwise(stride=1 if block == "depthwise" else 2)
        else:
            size = (1, 1) if block == "pointwise" else (3, 3)
            made.conv(20, size, relu=block != "conv without ReLU")
    return (made.averaged() if averaged else made.flat()).classes(3)


def read(content: bytes, folder: Path) -> Network:
    return simplify(network_of(content, folder))


def assert_same(network: Network, narrow: Network) -> None:
    random = np.random.default_rng(5)
    inputs = [one.type.random(random, (4, *one.shape)) for one in network.inputs]
    wanted, got = (dict(reference.each_tensor(one, inputs)) for one in (network, narrow))
    for name in network.outputs:
        np.testing.assert_array_equal(got[name], wanted[name])


def parameters(network: Network) -> int:
    arrays = [_weights(layer) for layer in network.layers]
    return sum(one.size for one in arrays if one is not None)


def _weights(layer: Layer) -> Any:
    operation = layer.operation
    if isinstance(operation, Dense):
        return operation.weights
    return operation.kernel if isinstance(operation, Conv | DepthwiseConv) else None


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1 << 16),
    blocks=st.lists(st.sampled_from(BLOCKS), max_size=5),
    idle=st.floats(0, 1),
    averaged=st.booleans(),
)
def test_outputs_stay_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    blocks: list[str],
    idle: float,
    *,
    averaged: bool,
) -> None:
    content = chain(seed, blocks, idle, averaged=averaged).file()
    network = read(content, tmp_path_factory.mktemp("idle"))
    narrow = without_idle_channels(network)
    assert parameters(narrow) <= parameters(network)
    assert_same(network, narrow)


def test_channels_without_weights_are_left_out(tmp_path: Path) -> None:
    network = read(chain(1, ["depthwise", "pointwise"], 0.7).file(), tmp_path)
    narrow = without_idle_channels(network)
    assert parameters(narrow) < 0.4 * parameters(network)
    assert all(layer.shape[-1] % 4 == 0 for layer in narrow.layers[:-2])
    assert narrow.shape_of("reshape")[-1] < network.shape_of("reshape")[-1]
    assert narrow.output_shape == network.output_shape
    assert_same(network, narrow)


def test_channels_that_nobody_reads_are_left_out(tmp_path: Path) -> None:
    network = read(chain(1, ["pointwise"], 0.0).file(), tmp_path)
    first, *_, last = [one for one in network.layers if isinstance(one.operation, Conv)]
    assert isinstance(last.operation, Conv)
    kernel = last.operation.kernel.copy()
    kernel[:, :, 4:] = 0
    deaf = replace(last, operation=replace(last.operation, kernel=kernel))
    network = replace(network, layers=tuple(deaf if x is last else x for x in network.layers))
    narrow = without_idle_channels(network)
    assert narrow.shape_of(first.name)[-1] == 4
    assert_same(network, narrow)


def test_channels_that_always_saturate_are_left_out(tmp_path: Path) -> None:
    network = read(chain(1, ["pointwise"], 0.0).file(), tmp_path)
    first = network.layers[0]
    assert isinstance(first.operation, Conv)
    bias = np.where(np.arange(24) % 2, first.operation.bias, 1 << 30).astype(np.int32)
    loud = replace(first, operation=replace(first.operation, bias=bias))
    network = replace(network, layers=(loud, *network.layers[1:]))
    narrow = without_idle_channels(network)
    assert narrow.shape_of(first.name)[-1] == 12
    assert_same(network, narrow)


def test_a_constant_stays_where_padding_makes_it_none(tmp_path: Path) -> None:
    """It is not the zero point, which pads."""
    made = Chain((6, 5, 3), 0.05, 17, 1, idle=1.0).conv(8, relu=False)
    network = read(made.conv(8, relu=False).averaged().classes(3).file(), tmp_path)
    second = next(x for x in network.layers[1:] if isinstance(x.operation, Conv))
    assert isinstance(second.operation, Conv)
    kernel = np.ones_like(second.operation.kernel)
    heard = replace(second, operation=replace(second.operation, kernel=kernel))
    layers = tuple(heard if layer is second else layer for layer in network.layers)
    network = replace(network, layers=layers)
    narrow = without_idle_channels(network)
    assert narrow.shape_of(network.layers[0].name)[-1] == 8
    assert_same(network, narrow)


def test_a_network_that_needs_all_of_its_channels_stays_as_it_is(tmp_path: Path) -> None:
    network = read(NETWORKS["kws01"](), tmp_path)
    assert without_idle_channels(network) is network


def test_elements_are_within_their_ranges(tmp_path: Path) -> None:
    network = read(chain(3, list(BLOCKS), 0.3).file(), tmp_path)
    ranges = ranges_of(network)
    random = np.random.default_rng(1)
    inputs = [one.type.random(random, (8, *one.shape)) for one in network.inputs]
    for name, tensor in reference.each_tensor(network, inputs):
        flat = tensor.reshape(-1, tensor.shape[-1])
        assert (flat >= ranges[name].low).all()
        assert (flat <= ranges[name].high).all()


def test_generated_networks_have_no_idle_channels(tmp_path: Path) -> None:
    network = network_of(chain(1, ["depthwise", "pointwise"], 0.7).file(), tmp_path)
    assert parameters(simplified(network)) < 0.4 * parameters(network)
