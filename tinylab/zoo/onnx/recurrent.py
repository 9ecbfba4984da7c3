"""LSTM, GRU and RNN, in one or both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.zoo.onnx import quantised
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import GRU, LSTM, CellFunction, Concat, Recurrent, SimpleRNN, Slice
from tinylab.zoo.tensor_type import FloatArray

DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
FUNCTIONS = {
    "sigmoid": CellFunction.SIGMOID,
    "tanh": CellFunction.TANH,
    "relu": CellFunction.RELU,
}


@dataclass(frozen=True, eq=False)
class Arrays:
    """Of one direction: kernel (gates x units, inputs), recurrent (gates x units, units)."""

    kernel: FloatArray
    recurrent: FloatArray
    bias: FloatArray
    recurrent_bias: FloatArray

    def ordered(self, gates: Sequence[int]) -> Arrays:
        """With the gates in another order, and the units as columns."""
        made = [
            np.concatenate([np.split(one, len(gates))[gate] for gate in gates])
            for one in (self.kernel, self.recurrent, self.bias, self.recurrent_bias)
        ]
        return Arrays(
            np.ascontiguousarray(made[0].T), np.ascontiguousarray(made[1].T), made[2], made[3]
        )


Make = Callable[[Node, Arrays, Sequence[CellFunction], bool, bool], Recurrent]
"""The operation from its arrays, functions, and whether it outputs sequences, backwards."""


def _lower(gates: Sequence[int], functions: Sequence[str], make: Make) -> quantised.Lower:
    """`gates` is ONNX' place of each gate of the operation."""

    def lower_recurrent(graph: Graph, node: Node) -> None:
        value = graph.value(node)
        backwards = DIRECTIONS.get(node.text("direction", "forward"))
        check(backwards and value.rank == 3, node, "another direction or rank")
        assert backwards is not None
        _check_plain(graph, node, value)
        time = 1 if node.integer("layout", 0) else 0
        source = graph.arranged(node, value, (time, 2))
        chosen = _functions(node, functions, len(backwards))
        whole = _used(graph, node, 0)
        made: list[str] = []
        memories: list[str] = []
        for index, back in enumerate(backwards):
            arrays = _arrays(graph, node, index, len(gates)).ordered(gates)
            operation = make(node, arrays, chosen[index], whole, back)
            begun = _begun(graph, node, index, operation)
            states = [
                graph.builder.add_state(f"{layer_name(node)}_{kind}", operation.recurrent.shape[:1])
                for kind, _ in zip(("state", "memory"), begun, strict=False)
            ]
            name = graph.builder.add(layer_name(node), operation, source, *begun, states=states)
            made.append(name)
            memories += states[1:]
        if _used(graph, node, 2):
            graph.values[node.outputs[2]] = _state_value(graph, node, memories)
        _outputs(graph, node, made, whole=whole, backwards=backwards)

    return lower_recurrent


def _used(graph: Graph, node: Node, index: int) -> bool:
    name = node.outputs[index] if index < len(node.outputs) else ""
    return bool(name) and graph.uses(name) > 0


def _begun(graph: Graph, node: Node, direction: int, operation: Recurrent) -> list[str]:
    """The layers that give what the states begin with; empty for zeros that nothing reads."""
    numbers = (5, 6) if isinstance(operation, LSTM) else (5,)
    given = [one for one in numbers if node.source(one) and not _is_zero(graph, node, one)]
    if not given and not _used(graph, node, 2):
        return []
    units = int(operation.recurrent.shape[0])
    return [_beginning(graph, node, one, direction, units) for one in numbers]


def _is_zero(graph: Graph, node: Node, index: int) -> bool:
    return graph.is_constant(node.source(index)) and not graph.constant(node, index).any()


def _beginning(graph: Graph, node: Node, index: int, direction: int, units: int) -> str:
    """A state (units) from a tensor (directions, 1, units), or (1, directions, units)."""
    source, axis = node.source(index), 1 if node.integer("layout", 0) else 0
    if not source:
        return graph.builder.constant("zeros", np.zeros(units, np.float32))
    if graph.is_constant(source):
        values = graph.floats(node, index).take(direction, axis).reshape(-1)
        return graph.builder.constant("beginning", np.ascontiguousarray(values))
    value = graph.value(node, index)
    check(value.rank == 3, node, f"a state of {value.rank} dimensions")
    rows = graph.arranged(node, value, (axis, 2))
    if graph.builder.shapes[rows][0] > 1:
        part = Slice((direction, 0), (1, units), (1, 1))
        rows = graph.builder.add("beginning", part, rows)
    return graph.builder.reshape_to(rows, (units,))


def _state_value(graph: Graph, node: Node, names: Sequence[str]) -> Value:
    """(directions, 1, units), or (1, directions, units) with layout 1."""
    count, (units,) = len(names), graph.builder.shapes[names[0]]
    shape = (1, count, units) if node.integer("layout", 0) else (count, 1, units)
    return Value(_joined(graph, node, names, 0), shape, (0, 1, 2))


def _check_plain(graph: Graph, node: Node, value: Value) -> None:
    """Raises ModelFileError for other lengths, and for what no layer does."""
    check("clip" not in node.attributes, node, "clip")
    check(not node.integer("input_forget", 0), node, "input_forget")
    steps = value.full[1 if node.integer("layout", 0) else 0]
    if node.source(4):
        check(set(graph.integers(node, 4)) == {steps}, node, "sequences of other lengths")
    check(not node.source(7), node, "peepholes")


def _functions(
    node: Node, otherwise: Sequence[str], directions: int
) -> list[Sequence[CellFunction]]:
    """The activation functions of each direction: of the gates first."""
    stated = node.attributes.get("activations", ())
    names = [bytes(one).decode("ascii", "replace").lower() for one in stated]
    names = names or [*otherwise] * directions
    check(set(names) <= FUNCTIONS.keys(), node, f"the activations {', '.join(names)}")
    count = len(otherwise)
    check(len(names) == count * directions, node, f"{len(names)} activations")
    found = [FUNCTIONS[one] for one in names]
    return [found[first : first + count] for first in range(0, len(found), count)]


def _arrays(graph: Graph, node: Node, direction: int, gates: int) -> Arrays:
    kernel, recurrent = graph.floats(node, 1), graph.floats(node, 2)
    check(kernel.ndim == recurrent.ndim == 3, node, f"weights of {kernel.ndim} dimensions")
    rows = kernel.shape[1]
    check(rows == recurrent.shape[1] == gates * recurrent.shape[2], node, f"{rows} rows of weights")
    biases = graph.floats_or(node, 3, np.zeros((kernel.shape[0], 2 * rows), np.float32))
    check(biases.shape == (kernel.shape[0], 2 * rows), node, f"biases of {biases.shape}")
    bias, recurrent_bias = np.split(biases[direction], 2)
    return Arrays(kernel[direction], recurrent[direction], bias, recurrent_bias)


def _outputs(
    graph: Graph, node: Node, made: Sequence[str], *, whole: bool, backwards: Sequence[bool]
) -> None:
    """Y (steps, directions, 1, units) and Y_h (directions, 1, units); others with layout 1."""
    batch_first, count = bool(node.integer("layout", 0)), len(made)
    *_, units = graph.builder.shapes[made[0]]
    last = [
        _last(graph, node, name, back) if whole and _used(graph, node, 1) else name
        for name, back in zip(made, backwards, strict=True)
    ]
    if whole:
        steps = graph.builder.shapes[made[0]][0]
        name = _joined(graph, node, made, 1)
        shape = (1, steps, count, units) if batch_first else (steps, count, 1, units)
        graph.values[node.outputs[0]] = Value(name, shape, (0, 1, 2, 3))
    if _used(graph, node, 1):
        name = _joined(graph, node, last, 0)
        states = (1, count, units) if batch_first else (count, 1, units)
        graph.values[node.outputs[1]] = Value(name, states, (0, 1, 2))


def _last(graph: Graph, node: Node, name: str, backwards: bool) -> str:
    """The state after all steps, of a sequence of them."""
    steps, units = graph.builder.shapes[name]
    operation = Slice((0 if backwards else steps - 1, 0), (1, units), (1, 1))
    part = graph.builder.add(f"{layer_name(node)}_last", operation, name)
    return graph.builder.reshape_to(part, (units,))


def _joined(graph: Graph, node: Node, made: Sequence[str], axis: int) -> str:
    if len(made) == 1:
        return made[0]
    return graph.builder.add(f"{layer_name(node)}_joined", Concat(axis), *made)


def _make_lstm(
    node: Node, arrays: Arrays, functions: Sequence[CellFunction], whole: bool, back: bool
) -> Recurrent:
    gate, activation, output = functions
    check(activation == output, node, "two different activations of the memory")
    bias = arrays.bias + arrays.recurrent_bias
    return LSTM(arrays.kernel, arrays.recurrent, bias, activation, gate, whole, back)


def _make_gru(
    node: Node, arrays: Arrays, functions: Sequence[CellFunction], whole: bool, back: bool
) -> Recurrent:
    gate, activation = functions
    return GRU(
        arrays.kernel,
        arrays.recurrent,
        arrays.bias,
        arrays.recurrent_bias,
        activation,
        gate,
        bool(node.integer("linear_before_reset", 0)),
        whole,
        back,
    )


def _make_rnn(
    node: Node, arrays: Arrays, functions: Sequence[CellFunction], whole: bool, back: bool
) -> Recurrent:
    bias = arrays.bias + arrays.recurrent_bias
    return SimpleRNN(arrays.kernel, arrays.recurrent, bias, functions[0], whole, back)


lstm = _lower((0, 2, 3, 1), ("sigmoid", "tanh", "tanh"), _make_lstm)
"""ONNX has the gates i, o, f and the candidate."""
gru = _lower((0, 1, 2), ("sigmoid", "tanh"), _make_gru)
rnn = _lower((0,), ("tanh",), _make_rnn)
