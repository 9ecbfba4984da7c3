"""Reads float32 .tflite files; used only in the loading process.

The classes of the public schema come from the package `tflite`; TensorFlow is not required.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tflite.AddOptions import AddOptions
from tflite.BuiltinOperator import BuiltinOperator
from tflite.BuiltinOptions import BuiltinOptions
from tflite.Conv2DOptions import Conv2DOptions
from tflite.DepthwiseConv2DOptions import DepthwiseConv2DOptions
from tflite.FullyConnectedOptions import FullyConnectedOptions
from tflite.Model import Model
from tflite.MulOptions import MulOptions
from tflite.Pool2DOptions import Pool2DOptions
from tflite.SoftmaxOptions import SoftmaxOptions

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import damage_told
from tinylab.zoo.network import Network
from tinylab.zoo.tflite import operators
from tinylab.zoo.tflite.graph import (
    REMEDY_SHAPE,
    Graph,
    Operator,
    constants,
    inputs_of,
)

OPTIONS: Mapping[str, Any] = {
    "FULLY_CONNECTED": FullyConnectedOptions,
    "CONV_2D": Conv2DOptions,
    "DEPTHWISE_CONV_2D": DepthwiseConv2DOptions,
    "MAX_POOL_2D": Pool2DOptions,
    "AVERAGE_POOL_2D": Pool2DOptions,
    "SOFTMAX": SoftmaxOptions,
    "ADD": AddOptions,
    "MUL": MulOptions,
}
"""The options table of each operator whose options are read."""
SHAPE_ARITHMETIC = frozenset({"SHAPE", "STRIDED_SLICE", "PACK"})
"""Operators that only compute the batch size; the file states the resulting shape anyway."""


def read(path: Path) -> Network:
    """Read the network in a .tflite file.

    Raises ModelFileError; its message continues a sentence that starts with the file's name.
    """
    with damage_told(".tflite"):
        return _network(Model.GetRootAs(path.read_bytes(), 0))


def _network(model: Any) -> Network:
    if model.SubgraphsLength() != 1:
        raise ModelFileError(
            f"has {model.SubgraphsLength()} subgraphs.",
            remedy="Networks of one graph, without loops or conditions, are supported.",
        )
    subgraph = model.Subgraphs(0)
    if subgraph.InputsLength() != 1 or subgraph.OutputsLength() != 1:
        raise ModelFileError(
            f"has {subgraph.InputsLength()} inputs and {subgraph.OutputsLength()} outputs.",
            remedy="Networks with one input and one output are supported.",
        )
    graph = Graph(model, subgraph)
    for operator in _operators(model, subgraph):
        if graph.is_integer(operator.output):
            _check_shape_arithmetic(operator)
            continue
        graph.names[operator.output] = operators.lower(graph, operator)
    return graph.builder.network(graph.name_of(subgraph.Outputs(0)))


def _check_shape_arithmetic(operator: Operator) -> None:
    if operator.kind not in SHAPE_ARITHMETIC:
        raise ModelFileError(f"computes shapes at run time ({operator.kind}).", remedy=REMEDY_SHAPE)


def _operators(model: Any, subgraph: Any) -> list[Operator]:
    kinds = constants(BuiltinOperator)
    found = []
    for index in range(subgraph.OperatorsLength()):
        entry = subgraph.Operators(index)
        code = model.OperatorCodes(entry.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = kinds.get(number, f"number {number}")
        if kind == "CUSTOM":
            kind = f"CUSTOM {(code.CustomCode() or b'').decode('ascii', 'replace')[:40]!r}"
        if entry.OutputsLength() != 1:
            operators.refuse(kind)
        found.append(Operator(kind, _options(kind, entry), inputs_of(entry), entry.Outputs(0)))
    return found


def _options(kind: str, entry: Any) -> Any:
    """The options of an operator; None for a kind whose options are not read."""
    if kind not in OPTIONS:
        return None
    options, table = OPTIONS[kind](), entry.BuiltinOptions()
    if entry.BuiltinOptionsType() != getattr(BuiltinOptions, type(options).__name__):
        raise ValueError(f"{kind} has options of another operator")
    options.Init(table.Bytes, table.Pos)
    return options
