"""Reads .tflite files; used only in the loading process.

The classes of the public schema come from the package `tflite`; TensorFlow is not required.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tflite.AddOptions import AddOptions
from tflite.BidirectionalSequenceLSTMOptions import BidirectionalSequenceLSTMOptions
from tflite.BuiltinOperator import BuiltinOperator
from tflite.BuiltinOptions import BuiltinOptions
from tflite.ConcatenationOptions import ConcatenationOptions
from tflite.Conv2DOptions import Conv2DOptions
from tflite.DepthToSpaceOptions import DepthToSpaceOptions
from tflite.DepthwiseConv2DOptions import DepthwiseConv2DOptions
from tflite.DivOptions import DivOptions
from tflite.FullyConnectedOptions import FullyConnectedOptions
from tflite.GatherOptions import GatherOptions
from tflite.GeluOptions import GeluOptions
from tflite.L2NormOptions import L2NormOptions
from tflite.LeakyReluOptions import LeakyReluOptions
from tflite.LSTMOptions import LSTMOptions
from tflite.MirrorPadOptions import MirrorPadOptions
from tflite.Model import Model
from tflite.MulOptions import MulOptions
from tflite.PackOptions import PackOptions
from tflite.Pool2DOptions import Pool2DOptions
from tflite.ResizeBilinearOptions import ResizeBilinearOptions
from tflite.ResizeNearestNeighborOptions import ResizeNearestNeighborOptions
from tflite.RNNOptions import RNNOptions
from tflite.SequenceRNNOptions import SequenceRNNOptions
from tflite.SoftmaxOptions import SoftmaxOptions
from tflite.SpaceToDepthOptions import SpaceToDepthOptions
from tflite.SqueezeOptions import SqueezeOptions
from tflite.StridedSliceOptions import StridedSliceOptions
from tflite.SubOptions import SubOptions
from tflite.SVDFOptions import SVDFOptions
from tflite.TransposeConvOptions import TransposeConvOptions
from tflite.UnidirectionalSequenceLSTMOptions import UnidirectionalSequenceLSTMOptions
from tflite.UnpackOptions import UnpackOptions
from tflite.VarHandleOptions import VarHandleOptions

from tinylab.errors import ModelFileError
from tinylab.zoo.checks import integer_sums
from tinylab.zoo.damage import damage_told
from tinylab.zoo.network import Network
from tinylab.zoo.tflite import operators, refusals, shape_arithmetic, variables
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.tensors import Operator, constants, inputs_of

OPTIONS: Mapping[str, Any] = {
    "FULLY_CONNECTED": FullyConnectedOptions,
    "CONV_2D": Conv2DOptions,
    "DEPTHWISE_CONV_2D": DepthwiseConv2DOptions,
    "MAX_POOL_2D": Pool2DOptions,
    "AVERAGE_POOL_2D": Pool2DOptions,
    "SOFTMAX": SoftmaxOptions,
    "LEAKY_RELU": LeakyReluOptions,
    "GELU": GeluOptions,
    "GATHER": GatherOptions,
    "MIRROR_PAD": MirrorPadOptions,
    "DEPTH_TO_SPACE": DepthToSpaceOptions,
    "SPACE_TO_DEPTH": SpaceToDepthOptions,
    "L2_NORMALIZATION": L2NormOptions,
    "ADD": AddOptions,
    "MUL": MulOptions,
    "SUB": SubOptions,
    "CONCATENATION": ConcatenationOptions,
    "PACK": PackOptions,
    "UNPACK": UnpackOptions,
    "RESIZE_BILINEAR": ResizeBilinearOptions,
    "RESIZE_NEAREST_NEIGHBOR": ResizeNearestNeighborOptions,
    "TRANSPOSE_CONV": TransposeConvOptions,
    "DIV": DivOptions,
    "SQUEEZE": SqueezeOptions,
    "STRIDED_SLICE": StridedSliceOptions,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": UnidirectionalSequenceLSTMOptions,
    "BIDIRECTIONAL_SEQUENCE_LSTM": BidirectionalSequenceLSTMOptions,
    "LSTM": LSTMOptions,
    "UNIDIRECTIONAL_SEQUENCE_RNN": SequenceRNNOptions,
    "RNN": RNNOptions,
    "SVDF": SVDFOptions,
    "VAR_HANDLE": VarHandleOptions,
}
"""The options table of each operator whose options are read."""


def read(path: Path) -> Network:
    """Read the network in a .tflite file.

    Raises ModelFileError; its message continues a sentence that starts with the file's name.
    """
    with damage_told(".tflite"):
        return _network(Model.GetRootAs(path.read_bytes(), 0))


def _network(model: Any) -> Network:
    subgraph = model.Subgraphs(0)
    if not subgraph.InputsLength() or not subgraph.OutputsLength():
        raise ModelFileError(
            f"has {subgraph.InputsLength()} inputs and {subgraph.OutputsLength()} outputs.",
            remedy="Save the network that makes its outputs from its inputs.",
        )
    graph = Graph(model, subgraph)
    found = _operators(model, subgraph, graph)
    _check_kinds(graph, found)
    graph.first = variables.first_elements(model, subgraph)
    graph.begin()
    for operator in found:
        if operators.makes_shape(graph, operator):
            graph.define_integers(operator.output, shape_arithmetic.compute(graph, operator))
        else:
            operators.lower(graph, operator)
    names = [graph.finish(tensor) for tensor in graph.outputs]
    variables.keep(graph)
    network = graph.builder.network(*names)
    return replace(network, notes=(*graph.notes, *integer_sums.notes_on(network)))


def _check_kinds(graph: Graph, found: Sequence[Operator]) -> None:
    """Raises ModelFileError for an operator of a kind that is not supported: the first, or the
    first with a special reason."""
    unknown = [
        operator
        for operator in found
        if operator.kind not in operators.KINDS
        and (refusals.is_telling(operator) or not operators.makes_shape(graph, operator))
    ]
    if unknown:
        refusals.refuse(graph, next(filter(refusals.is_telling, unknown), unknown[0]))


def _operators(model: Any, subgraph: Any, graph: Graph) -> list[Operator]:
    """The operators on which the outputs depend in any inference, in order.

    A file may contain others: Keras' random layers keep the state of their generator, which has
    no effect at inference. What is assigned to a variable has one if the variable is read.
    """
    entries = [
        _operator(model, subgraph.Operators(one)) for one in range(subgraph.OperatorsLength())
    ]
    handles = {
        one.output: variables.variable_of(one.options)
        for one in entries
        if one.kind == "VAR_HANDLE"
    }
    needed, read, before = set(graph.outputs), set[str](), -1
    found: list[Operator] = []
    while len(found) > before:
        before, found = len(found), []
        for one in reversed(entries):
            assigned = one.kind == "ASSIGN_VARIABLE" and handles.get(one.inputs[0]) in read
            if not assigned and needed.isdisjoint(one.outputs):
                continue
            needed.update(one.inputs)
            if one.kind == "READ_VARIABLE":
                read.add(handles[one.inputs[0]])
            found.append(one)
    return found[::-1]


def _operator(model: Any, entry: Any) -> Operator:
    code = model.OperatorCodes(entry.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    kind = constants(BuiltinOperator).get(number, f"number {number}")
    if kind == "CUSTOM":
        kind = f"CUSTOM {(code.CustomCode() or b'').decode('ascii', 'replace')[:40]!r}"
    outputs = tuple(entry.Outputs(number) for number in range(entry.OutputsLength()))
    inside = () if entry.IntermediatesIsNone() else tuple(map(int, entry.IntermediatesAsNumpy()))
    return Operator(kind, _options(kind, entry), inputs_of(entry), outputs, inside)


def _options(kind: str, entry: Any) -> Any:
    """The options of an operator; None for a kind whose options are not read."""
    if kind not in OPTIONS:
        return None
    options, table = OPTIONS[kind](), entry.BuiltinOptions()
    if entry.BuiltinOptionsType() != getattr(BuiltinOptions, type(options).__name__):
        raise ValueError(f"{kind} has options of another operator")
    options.Init(table.Bytes, table.Pos)
    return options
