"""Resource variables of a .tflite file: states that operators read and assign by name.

Another subgraph, which is called once, assigns their first elements. Within an inference, a reader
gets what was assigned last; what is assigned at its end is kept for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tflite.BuiltinOperator import BuiltinOperator
from tflite.CallOnceOptions import CallOnceOptions
from tflite.VarHandleOptions import VarHandleOptions

from tinylab.errors import ModelFileError
from tinylab.zoo.tensor_type import Array, TensorType
from tinylab.zoo.tflite.graph import Graph, sample
from tinylab.zoo.tflite.shaping import become
from tinylab.zoo.tflite.tensors import REMEDY_DAMAGED, Operator, Tensors, inputs_of

First = tuple[Array, TensorType]
Variable = str
"""A variable's container and name."""


def variable_of(options: Any) -> Variable:
    """What a VAR_HANDLE operator names."""
    parts = (options.Container() or b"", options.SharedName() or b"")
    return "/".join(part.decode("utf-8", "replace") for part in parts)


def first_elements(model: Any, subgraph: Any) -> Mapping[Variable, First]:
    """The constants that the subgraphs which `subgraph` calls once assign to variables."""
    found: dict[Variable, First] = {}
    for index in range(subgraph.OperatorsLength()):
        entry = subgraph.Operators(index)
        if _kind(model, entry) == BuiltinOperator.CALL_ONCE:
            options = _options(entry, CallOnceOptions())
            found |= _assigned(model, model.Subgraphs(options.InitSubgraphIndex()))
    return found


def _assigned(model: Any, subgraph: Any) -> Mapping[Variable, First]:
    tensors, handles = Tensors(model, subgraph), {}
    found: dict[Variable, First] = {}
    for index in range(subgraph.OperatorsLength()):
        entry = subgraph.Operators(index)
        kind = _kind(model, entry)
        if kind == BuiltinOperator.VAR_HANDLE:
            handles[entry.Outputs(0)] = variable_of(_options(entry, VarHandleOptions()))
        elif kind == BuiltinOperator.ASSIGN_VARIABLE:
            handle, value = inputs_of(entry)
            found[handles[handle]] = tensors.stored(value)
        else:
            raise ModelFileError(
                "computes the first elements of its variables.",
                remedy="Convert the model again, with variables that begin with constants.",
            )
    return found


def _kind(model: Any, entry: Any) -> int:
    code = model.OperatorCodes(entry.OpcodeIndex())
    return int(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))


def _options(entry: Any, options: Any) -> Any:
    table = entry.BuiltinOptions()
    if table is not None:
        options.Init(table.Bytes, table.Pos)
    return options


def _handle(graph: Graph, operator: Operator) -> None:
    graph.handles[operator.output] = variable_of(operator.options)


def _read(graph: Graph, operator: Operator) -> None:
    variable = graph.handles[operator.inputs[0]]
    if variable not in graph.variables:
        graph.variables[variable] = _begun(graph, operator.output, variable)
        graph.kept[variable] = graph.variables[variable]
    full = graph.stated_shape(operator.output)
    become(graph, operator.output, graph.variables[variable], full)


def _begun(graph: Graph, tensor: int, variable: Variable) -> str:
    """The state for a variable that is read as `tensor`."""
    (shape, _, _), kind = sample(graph.stated_shape(tensor)), graph.type_of(tensor)
    if variable not in graph.first:
        raise ModelFileError(
            f"does not say what the variable {variable!r} begins with.", remedy=REMEDY_DAMAGED
        )
    values, stored = graph.first[variable]
    if values.size != np.prod(shape) or stored != kind:
        raise ModelFileError(
            f"has a variable {variable!r} that begins with numbers of another type or shape.",
            remedy=REMEDY_DAMAGED,
        )
    return graph.builder.add_state(variable.strip("/"), shape, kind, values.reshape(shape))


def _assign(graph: Graph, operator: Operator) -> None:
    handle, value = operator.inputs[:2]
    graph.variables[graph.handles[handle]] = graph.name_of(value)


def keep(graph: Graph) -> None:
    """The states keep what was assigned last."""
    for variable, state in graph.kept.items():
        if graph.variables[variable] != state:
            shape = graph.builder.shapes[state]
            graph.builder.keep(state, graph.builder.reshape_to(graph.variables[variable], shape))


KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "VAR_HANDLE": _handle,
    "READ_VARIABLE": _read,
    "ASSIGN_VARIABLE": _assign,
}
"""Each defines its output, if it has one."""
