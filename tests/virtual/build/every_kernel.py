"""Small networks of odd shapes that between them call every kernel, by group."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.fakes import stateful
from tests.fakes.networks import Recipe, random_network
from tests.fakes.tflite import (
    convolutions,
    int8,
    int16,
    mlperf_tiny,
    more_operators,
    operators,
    streaming,
)
from tests.fakes.tflite.files import Op, network_of
from tests.fakes.tflite.int8 import Geometry
from tests.virtual.build import test_codegen_float_layers as float_layers
from tests.virtual.build import test_fast_float_kernels as fast_floats
from tests.virtual.build import test_fast_int8_kernels as fast_int8
from tests.virtual.build import test_fast_int8_kernels_m7 as fast_int8_m7
from tinylab.codegen.compress import Compression
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Function, PoolKind

SHAPE = (1, 5, 6, 7)
FLOAT, INT8, UINT8, INT16 = TYPES = ("float32", "int8", "uint8", "int16")


class Case(NamedTuple):
    name: str
    make: Callable[[], Network]
    compression: Compression = Compression.NONE


def of_file(name: str, make: Callable[..., bytes], *arguments: object, **named: object) -> Case:
    """The network of a .tflite file that `make(random, ...)` gives."""

    def network() -> Network:
        with tempfile.TemporaryDirectory() as folder:
            content = make(np.random.default_rng(11), *arguments, **named)
            return network_of(content, Path(folder))

    return Case(name, network)


def fast_float_kernels() -> Iterator[Case]:
    for name, (make, *_) in fast_floats.NETWORKS.items():
        yield Case(name, make)
    for name, (make, compression, *_) in fast_floats.CODED.items():
        yield Case(f"coded {name}", make, compression)


def fast_int8_kernels() -> Iterator[Case]:
    geometries = {*fast_int8.WHOLE_WORDS, *int8.GEOMETRIES, *fast_int8_m7.CONVOLUTIONS}
    for number, geometry in enumerate(sorted(geometries, key=str)):
        outputs = (6, 12, 13)[number % 3]
        yield of_file(f"conv {outputs} {geometry}", int8.conv, geometry, outputs=outputs)
    for geometry in fast_int8.COLOURS:
        yield of_file(f"colours {geometry}", int8.conv, geometry, outputs=8)
    for shape in ((1, 2, 8), (11, 12, 8)):
        eights = Geometry(shape=shape, size=(1, 1))
        yield of_file(f"eights {shape}", int8.saturated_conv, eights, outputs=12)
    yield of_file("wide conv", int8.conv, Geometry(shape=(4, 5, 48)), outputs=78)
    lines = {*fast_int8.LINES, *fast_int8_m7.DEPTHWISE_CONVOLUTIONS}
    for geometry in sorted(lines, key=str)[::2]:
        yield of_file(f"depthwise {geometry}", int8.depthwise, geometry, "RELU6")
    for geometry in fast_int8.WHOLE_WORDS:
        yield of_file(f"average {geometry}", int8.pool, geometry, "AVERAGE")
    for inputs in (1, 2, 3, 5, 31, 64, 97):
        yield of_file(f"dense {inputs}", _dense, inputs)
    yield of_file("sums", _sums)
    yield of_file("odd sums", int8.residual, "RELU")
    yield of_file("average of all", _average)


def _dense(_random: object, inputs: int) -> bytes:
    chain = mlperf_tiny.Chain((inputs,), 0.1, 17, seed=inputs)
    return chain.dense(3 + inputs % 5, relu=True).dense(4).dense(7).dense(33).dense(5).file()


def _sums(_random: object) -> bytes:
    chain = mlperf_tiny.Chain((9, 10, 16), 0.1, 17, seed=1).conv(16, (1, 1))
    given = chain.last
    chain.depthwise(relu=False).added_to(given)
    return chain.conv(5, (1, 1)).depthwise().added_to(chain.last).file()


def _average(_random: object) -> bytes:
    return mlperf_tiny.Chain((15, 17, 12), 0.1, 17, seed=1).averaged().file()


def plain_float_kernels() -> Iterator[Case]:
    for seed in range(12):
        yield Case(f"random {seed}", functools.partial(random_network, seed))
    for cell, (make, settings) in float_layers.CELLS.items():
        for units in (1, 5):
            yield Case(f"{cell} {units}", functools.partial(_cell, make, settings, units))
    yield Case("layers", _float_layers)
    yield Case("functions", _functions)
    for name in ("delay line", "chain", "output in place"):
        yield Case(name, stateful.NETWORKS[name])
    for compression in (Compression.X4, Compression.X8):
        yield Case(f"dense {compression}", fast_floats.codes_rows, compression)
    yield Case("dense", fast_floats.dense_rows)
    yield Case("pooled", fast_floats.pooled_convs)
    yield Case("depthwise", fast_floats.depthwise_convs)


def _cell(make: Callable[..., Recipe], settings: Mapping[str, object], units: int) -> Network:
    recipe = make(Recipe((6, 3)).dense(4), units, sequences=True, backwards=True, **settings)
    return recipe.dense(2).network()


def _functions() -> Network:
    """All of them, one after the other; what they make of each other's numbers is all the same."""
    recipe = Recipe((9, 7)).dense(5)
    for function in Function:
        recipe.activate(function).transpose(1, 0)
    return recipe.clip(-0.5, 0.5).dense(3).network()


def _float_layers() -> Network:
    recipe = Recipe((7,)).embedding(9, 5).layer_norm().dense(6).reshape(7, 1, 6)
    recipe.resize((9, 7), bilinear=True).grouped(10, (3, 2), 2, (2, 1), (1, 1)).relu()
    recipe.transposed(3, (3, 2), (2, 2), (1, 0), (25, 16)).resize((11, 5), bilinear=False)
    recipe.pool((3, 2), (2, 2), kind=PoolKind.AVERAGE).activate(Function.SOFTMAX)
    recipe.activate(Function.LOG_SOFTMAX).transpose(2, 0, 1).dilated_depthwise((2, 1), (1, 2))
    return recipe.global_pool(PoolKind.AVERAGE).network()


def plain_integer_kernels() -> Iterator[Case]:
    for number, dtype in enumerate((INT8, UINT8, INT16)):
        for geometry in int8.GEOMETRIES[number::3]:
            title = f"{dtype} {geometry}"
            yield of_file(f"conv {title}", int8.conv, geometry, "RELU", dtype)
            yield of_file(f"depthwise {title}", int8.depthwise, geometry, "RELU6", 3, dtype)
            for kind in ("MAX", "AVERAGE"):
                yield of_file(f"{kind} {title}", int8.pool, geometry, kind, "RELU", dtype)
    for name, one in (*streaming.CASES[::2], *streaming.VARIABLES):
        yield of_file(name, one)
    yield of_file("dense", int8.dense, "NONE", per_channel=True)
    yield of_file("conversions", int8.conversions)
    yield of_file("residual", int8.residual, "RELU")
    yield of_file("softmax", int8.softmax, 3, 5)
    for op in int8.CURVES:
        yield of_file(op, int8.curve, op)
        yield of_file(f"{op} of int16", operators.sigmoid, op)
    for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        for dtype in (UINT8, INT16):
            yield of_file(f"{kind} {dtype}, one scale", operators.per_tensor, kind, dtype)
    for kind in ("CONV_2D", "FULLY_CONNECTED"):
        yield of_file(f"{kind}, bias of 32 bits", operators.per_tensor, kind, INT16, wide=False)
    for make in (int16.convolutional, int16.dense):
        yield of_file(make.__name__, make)


def _clamp(random: np.random.Generator, dtype: str) -> bytes:
    given = operators.tensor(random, (1, 5, 7), dtype)
    return operators.one(Op("RELU", [0], [1]), given, given)


def of_several_types() -> Iterator[Case]:
    for dtype in (FLOAT, INT8, INT16):
        for kind in operators.PAIRS:
            shapes = ((1, 5, 1, 3), (1, 1, 4, 1))
            yield of_file(f"{kind} {dtype}", operators.pair, kind, dtype, shapes, 0, "RELU")
        for unit in operators.UNITS:
            if dtype != INT16 or unit not in operators.WITHOUT_INT16:
                yield of_file(f"{unit} {dtype}", operators.unit, unit, dtype)
        padding = [[0, 0], [1, 2], [0, 3], [2, 1]]
        yield of_file(f"pad {dtype}", operators.pad, dtype, padding, value=True)
        yield of_file(f"softmax {dtype}", operators.softmax, dtype, 0.3)
        yield of_file(f"transpose {dtype}", operators.transpose, dtype, SHAPE, (0, 3, 1, 2))
        yield of_file(f"split {dtype}", operators.split, dtype, 2)
        yield of_file(f"grouped {dtype}", convolutions.grouped, dtype, 4)
        for kind in operators.REDUCERS:
            title = f"{kind} {dtype}"
            yield of_file(title, operators.reduction, kind, dtype, SHAPE, (1, 2), keep=True)
        yield of_file(f"place {dtype}", operators.place, "ARG_MAX", dtype, SHAPE, 2, "int64")
        for bilinear in (False, True):
            title = f"resize {dtype} {bilinear}"
            half = ((11, 5), "half")
            yield of_file(title, operators.resize, dtype, *half, bilinear=bilinear)
        kernel = {"same": True, "kernel": (5, 4)}
        yield of_file(f"transposed {dtype}", convolutions.transposed, dtype, (2, 3), **kernel)
        for kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            title = f"dilated {kind} {dtype}"
            yield of_file(title, convolutions.dilated, kind, dtype, (2, 3), same=True)
    for dtype in (INT8, INT16):
        yield of_file(f"clamp {dtype}", _clamp, dtype)
    yield of_file("prelu", operators.prelu, INT8)
    for op in more_operators.INTEGER_FUNCTIONS:
        yield of_file(op, more_operators.integer_function, op)
    blocks = ("CONV_2D", (2, 3))
    yield of_file("blocks", more_operators.in_blocks, INT8, *blocks, height=True)
    yield of_file("join", operators.joined, INT8, [(1, 20, 6), (1, 20, 9), (1, 20, 2)], 2)


GROUPS: Mapping[str, Callable[[], Iterator[Case]]] = {
    "fast floats": fast_float_kernels,
    "fast int8": fast_int8_kernels,
    "plain floats": plain_float_kernels,
    "plain integers": plain_integer_kernels,
    "plain of several types": of_several_types,
}
