"""The table of ONNX operators, and how one becomes layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.onnx import (
    arithmetic,
    classic,
    comparing,
    dense,
    elementwise,
    folding,
    moving,
    quantised,
    recurrent,
    reducing,
    refusals,
    repeating,
    resampling,
    shaping,
    windows,
)
from tinylab.zoo.onnx.graph import Graph
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import Function, PoolKind

FUNCTIONS = {
    "Exp": Function.EXP,
    "Log": Function.LOG,
    "Abs": Function.ABS,
    "Sign": Function.SIGN,
    "Sqrt": Function.SQRT,
    "Reciprocal": Function.RECIPROCAL,
    "Sin": Function.SIN,
    "Cos": Function.COS,
    "Erf": Function.ERF,
    "Floor": Function.FLOOR,
    "Ceil": Function.CEIL,
    "Round": Function.ROUND,
}
KINDS: Mapping[str, quantised.Lower] = {
    "Conv": windows.conv,
    "MaxPool": windows.pool(PoolKind.MAX),
    "AveragePool": windows.pool(PoolKind.AVERAGE),
    "GlobalMaxPool": windows.global_pool(PoolKind.MAX),
    "GlobalAveragePool": windows.global_pool(PoolKind.AVERAGE),
    "ReduceMax": reducing.reduction(PoolKind.MAX),
    "ReduceMin": reducing.least,
    "ReduceSum": reducing.reduction(PoolKind.SUM),
    "ReduceMean": reducing.reduction(PoolKind.AVERAGE),
    "ReduceL1": reducing.reduction(PoolKind.SUM, Function.ABS),
    "ReduceL2": reducing.reduction(PoolKind.SUM, Function.SQUARE, Function.SQRT),
    "ReduceSumSquare": reducing.reduction(PoolKind.SUM, Function.SQUARE),
    "ReduceLogSum": reducing.reduction(PoolKind.SUM, None, Function.LOG),
    "Pad": windows.pad,
    "Gemm": dense.gemm,
    "MatMul": dense.matmul,
    "BatchNormalization": elementwise.batch_norm,
    "Relu": elementwise.relu,
    "Clip": elementwise.clip,
    "Sigmoid": elementwise.activate(Function.SIGMOID),
    "Tanh": elementwise.activate(Function.TANH),
    "LeakyRelu": elementwise.activate(
        Function.LEAKY_RELU, lambda node: node.number("alpha", elementwise.SLOPE)
    ),
    "Elu": elementwise.activate(Function.ELU, lambda node: node.number("alpha", 1.0)),
    "Gelu": elementwise.gelu,
    "HardSwish": elementwise.activate(Function.HARD_SWISH),
    "Selu": elementwise.selu,
    "Swish": elementwise.swish,
    "Softplus": elementwise.activate(Function.SOFTPLUS),
    **{kind: elementwise.activate(function) for kind, function in FUNCTIONS.items()},
    "Mish": elementwise.mish,
    "LayerNormalization": elementwise.layer_norm,
    "LSTM": recurrent.lstm,
    "GRU": recurrent.gru,
    "RNN": recurrent.rnn,
    "Resize": resampling.resize,
    "Upsample": resampling.resize,
    "ConvTranspose": resampling.conv_transpose,
    "PRelu": arithmetic.prelu,
    "HardSigmoid": elementwise.hard_sigmoid,
    "Softmax": elementwise.softmax(Function.SOFTMAX),
    "LogSoftmax": elementwise.softmax(Function.LOG_SOFTMAX),
    "Add": arithmetic.add,
    "Sum": arithmetic.add_all,
    "Sub": arithmetic.subtract,
    "Mul": arithmetic.multiply,
    "Div": arithmetic.divide,
    "Neg": arithmetic.negate,
    "Pow": arithmetic.power,
    **{kind: comparing.pair(*form) for kind, form in comparing.PAIRS.items()},
    "Not": comparing.inverted,
    "Where": comparing.where,
    "Max": arithmetic.extreme(upper=False),
    "Min": arithmetic.extreme(upper=True),
    "Concat": moving.concat,
    "Split": moving.split,
    "Slice": moving.part,
    "Gather": moving.gather,
    "Expand": repeating.expand,
    "Tile": repeating.tile,
    "DepthToSpace": repeating.depth_to_space,
    "SpaceToDepth": repeating.space_to_depth,
    "Reshape": shaping.reshape,
    "Flatten": shaping.flatten,
    "Squeeze": shaping.squeeze,
    "Unsqueeze": shaping.unsqueeze,
    "Transpose": shaping.transpose,
    "Identity": elementwise.nothing,
    "Dropout": elementwise.dropout,
    "Cast": elementwise.cast,
    "QuantizeLinear": quantised.quantize,
    "DequantizeLinear": quantised.dequantize,
}
CLASSIC: Mapping[str, quantised.Lower] = {
    "Scaler": classic.scaler,
    "Normalizer": classic.normalizer,
    "LinearRegressor": classic.linear,
    "LinearClassifier": classic.classifier,
}
"""Of the domain ai.onnx.ml."""


def is_known(node: Node) -> bool:
    """Whether an operator can be read; which of its forms, the readers say."""
    if node.domain == "ai.onnx.ml":
        return node.kind in CLASSIC
    return not node.domain and (node.kind in KINDS or node.kind in folding.KINDS)


def lower(graph: Graph, node: Node) -> None:
    """Append the layers of an operator, and define its output. Raises ModelFileError."""
    if folding.is_constant(graph, node):
        folding.fold(graph, node)
        return
    given = _constants_as_values(graph, node)
    _lower(graph, node)
    if given:
        _values_as_constants(graph, node, given)


def _constants_as_values(graph: Graph, node: Node) -> list[str]:
    """For an operator that reads constants alone: its float inputs become layers, too."""
    names = [name for name in dict.fromkeys(node.inputs) if name]
    if node.domain or not names or not all(map(graph.is_constant, names)):
        return []
    found = [name for name in names if graph.constants[name].dtype.kind == "f"]
    for name in found:
        numbers = np.ascontiguousarray(graph.constants[name], np.float32)
        full = numbers.shape
        layer = graph.builder.constant("constant", numbers.reshape(-1))
        graph.values[name] = Value(layer, full, tuple(range(len(full))))
    return found


def _values_as_constants(graph: Graph, node: Node, given: Sequence[str]) -> None:
    """What layers of constants made is a constant."""
    for name in given:
        graph.values.pop(name, None)
    for name in node.outputs:
        value = graph.values.pop(name, None)
        if value is not None:
            flat = graph.builder.constants[value.name].values.ravel()
            graph.constants[name] = flat[value.positions]


def _lower(graph: Graph, node: Node) -> None:
    table = CLASSIC if node.domain else KINDS
    if node.kind not in table:
        refusals.refuse(node)
    _check_integers(graph, node)
    graph.builder.owner = f"operator {node.shown}"
    kept = {name: graph.values[name] for name in node.inputs if name in graph.values}
    as_integers = node.kind in ("QuantizeLinear", "DequantizeLinear")
    if not as_integers and not quantised.stays_quantised(graph, node):
        graph.values.update({name: graph.real(value) for name, value in kept.items()})
    table[node.kind](graph, node)
    graph.values.update(kept)


def _check_integers(graph: Graph, node: Node) -> None:
    """Raises ModelFileError for an operator that calculates with stored integers."""
    stored = [one for one in node.inputs if one in graph.values and graph.values[one].integer]
    if stored and node.kind not in quantised.ON_INTEGERS:
        raise ModelFileError(
            f"has the operator {node.shown} on integers without their scale.",
            remedy=quantised.REMEDY_TYPE,
        )
