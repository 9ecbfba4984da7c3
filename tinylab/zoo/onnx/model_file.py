"""Reads .onnx files; used only in the loading process.

The classes of the public schema come from the package `onnx`; onnxruntime is not required.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onnx import ModelProto, TensorProto, defs

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import LONGEST_NAME, Builder
from tinylab.zoo.checks import integer_sums
from tinylab.zoo.damage import REMEDY_DAMAGED, REMEDY_MEMORY, damage_told
from tinylab.zoo.network import Network, Shape
from tinylab.zoo.onnx import folding, input_layout, operators, quantised, refusals
from tinylab.zoo.onnx.graph import Graph
from tinylab.zoo.onnx.protocol import ONNX_DOMAINS, Node, array_of, in_order, node_of
from tinylab.zoo.onnx.value import Value, channels_last
from tinylab.zoo.tensor_type import FLOAT, Array, TensorType

OLDEST = 7
"""Older operator sets broadcast in another way."""
MAX_NODES = 20_000
FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)
INDEXES = (TensorProto.INT32, TensorProto.INT64)
INTEGERS = (TensorProto.INT8, TensorProto.UINT8)
REMEDY_SHAPE = "Export the model with fixed dimensions and a batch of 1."
REMEDY_OPSET = "Convert it: onnx.version_converter.convert_version(model, 21)."
EXTENSIONS = frozenset(one for one in quantised.FORMS)
"""Operators of com.microsoft that are read as those of ONNX."""


def read(path: Path) -> Network:
    """Read the network in an .onnx file.

    Raises ModelFileError; its message continues a sentence that starts with the file's name.
    """
    with damage_told(".onnx"):
        return _network(ModelProto.FromString(path.read_bytes()), path.parent)


def _network(model: Any, folder: Path) -> Network:
    opset = _opset(model)
    _check_form(model)
    constants = {one.name: array_of(one, folder) for one in model.graph.initializer}
    stated = [_known_domain(node_of(one)) for one in model.graph.node]
    _check_written_once(stated)
    listed = quantised.expanded(in_order(stated))
    outputs = _outputs(model.graph, listed)
    nodes = _needed(listed, outputs)
    for node in nodes:
        if not operators.is_known(node):
            refusals.refuse(node)
    graph = Graph(nodes, constants, opset)
    graph.outputs = frozenset(outputs)
    for node in nodes:
        if node.kind == "Constant":
            folding.fold(graph, node)
    _define_inputs(graph, model.graph)
    for node in nodes:
        operators.lower(graph, node)
    network = graph.builder.network(*(_output(graph, name) for name in outputs))
    integer_sums.check_products(network)
    return network


def _opset(model: Any) -> int:
    versions = [one.version for one in model.opset_import if one.domain in ONNX_DOMAINS]
    version = int(max(versions, default=0))
    newest = defs.onnx_opset_version()
    if not OLDEST <= version <= newest:
        raise ModelFileError(
            f"has the operator set {version} of ONNX; {OLDEST} to {newest} are supported.",
            remedy=REMEDY_OPSET,
        )
    return version


def _check_form(model: Any) -> None:
    """Raises ModelFileError for parts of a file that are not read."""
    if len(model.graph.node) > MAX_NODES:
        raise ModelFileError(f"has more than {MAX_NODES:,} operators.", remedy=REMEDY_MEMORY)
    if model.graph.sparse_initializer:
        raise ModelFileError(
            "has sparse weights, which are not supported.", remedy="Save them as dense tensors."
        )
    names = {one.name for one in model.functions}
    called = next((one for one in model.graph.node if one.op_type in names and one.domain), None)
    if called is not None:
        raise ModelFileError(
            f"defines the operator {called.op_type[:LONGEST_NAME]!r} as a function of its own.",
            remedy="Replace it: onnx.inliner.inline_local_functions(model).",
        )


def _known_domain(node: Node) -> Node:
    """onnxruntime's own operators that are read belong to ONNX here."""
    if node.domain == "com.microsoft" and node.kind in EXTENSIONS:
        return Node(node.kind, node.inputs, node.outputs, node.attributes, node.name)
    return node


def _check_written_once(nodes: Sequence[Node]) -> None:
    written: set[str] = set()
    for node in nodes:
        for name in node.outputs:
            if name and name in written:
                raise ModelFileError(
                    f"writes the tensor {name[:LONGEST_NAME]!r} twice.", remedy=REMEDY_DAMAGED
                )
            written.add(name)


def _outputs(described: Any, nodes: Sequence[Node]) -> list[str]:
    """The outputs that are numbers of the network.

    A classifier of scikit-learn also outputs the label, which follows from the largest of its
    numbers, and may put these into a map.
    """
    maps = {node.outputs[0]: node.inputs[0] for node in nodes if node.kind == "ZipMap"}
    found = []
    for one in described.output:
        kind = one.type.tensor_type.elem_type
        if one.name in maps:
            found.append(maps[one.name])
        elif one.type.HasField("tensor_type") and kind in (*FLOATS, *INTEGERS, 0):
            found.append(one.name)
    if not found:
        raise ModelFileError(
            "has no output of float numbers.", remedy="Export the model with its probabilities."
        )
    return list(dict.fromkeys(found))


def _needed(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    """The operators on which the outputs depend, in their order."""
    needed = set(outputs)
    found: list[Node] = []
    for node in reversed(nodes):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
            found.append(node)
    return found[::-1]


def _define_inputs(graph: Graph, described: Any) -> None:
    inputs = [one for one in described.input if one.name not in graph.constants]
    used = [one for one in inputs if graph.consumers[one.name]]
    if not used:
        raise ModelFileError("has no input on which its output depends.", remedy=REMEDY_DAMAGED)
    for index, one in enumerate(used):
        full = _input_shape(one)
        axes = input_layout.order_of(graph, one.name, len(full))
        stored = tuple(full[axis] for axis in axes)
        stored = stored[1:] if len(stored) > 1 else stored
        kind = _input_type(graph, one)
        if index == 0:
            graph.builder = Builder(stored, kind)
        name = graph.builder.inputs[0].name if index == 0 else graph.builder.add_input(stored, kind)
        graph.values[one.name] = Value(name, full, axes, integer=not kind.is_float)


def _input_shape(one: Any) -> Shape:
    """The shape with its batch of 1. Raises ModelFileError if another dimension is open."""
    if not one.type.tensor_type.HasField("shape"):
        raise ModelFileError(
            f"states no shape for its input {one.name[:LONGEST_NAME]!r}.", remedy=REMEDY_SHAPE
        )
    sizes = [entry.dim_value for entry in one.type.tensor_type.shape.dim]
    if len(sizes) > 1 and sizes[0] == 0:
        sizes[0] = 1
    if not sizes or min(sizes) < 1 or (len(sizes) > 1 and sizes[0] != 1):
        shown = ", ".join(
            entry.dim_param or str(entry.dim_value or "?")
            for entry in one.type.tensor_type.shape.dim
        )
        raise ModelFileError(
            f"has the input {one.name[:LONGEST_NAME]!r} of the shape ({shown[:LONGEST_NAME]}), not "
            "a batch of 1 with fixed dimensions.",
            remedy=REMEDY_SHAPE,
        )
    return tuple(sizes)


def _input_type(graph: Graph, one: Any) -> TensorType:
    """Float, or the type that the operators which read the input give its integers."""
    kind = one.type.tensor_type.elem_type
    if kind in FLOATS:
        return FLOAT
    readers = graph.consumers[one.name]
    if kind in INDEXES and graph.is_index(one.name):
        return FLOAT
    if kind in INTEGERS and all(node.kind == "DequantizeLinear" for node in readers):
        stated = {quantised.stated_type(graph, node) for node in readers}
        (found,) = stated if len(stated) == 1 else (None,)
        if found is not None:
            return found
    known = TensorProto.DataType.values()
    name = TensorProto.DataType.Name(kind).lower() if kind in known else "unknown"
    raise ModelFileError(
        f"has the input {one.name[:LONGEST_NAME]!r} of {name} numbers.",
        remedy="Inputs of float numbers are supported, int8 or uint8 with a scale, and indexes of "
        "a table.",
    )


def _output(graph: Graph, name: str) -> str:
    """The layer whose output is output `name` without its batch, channels last or as stated."""
    if name not in graph.values:
        raise ModelFileError(
            f"has the output {name[:LONGEST_NAME]!r}, which does not depend on its input.",
            remedy=REMEDY_DAMAGED,
        )
    value = graph.values[name]
    value = value if value.integer else graph.real(value)
    plain = tuple(range(value.rank))
    axes = next(
        (one for one in (plain, channels_last(value.rank)) if value.is_stored_as(one)), plain
    )
    has_batch = value.rank > 1 and value.full[0] == 1
    return graph.arranged(None, value, axes[1:] if has_batch else axes)


__all__ = ["Array"]
