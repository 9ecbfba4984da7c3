"""Reads float32 .tflite files, in the loading process only.

The schema comes with TensorFlow; it is loaded alone, since importing TensorFlow itself
takes seconds and nothing here needs it.
"""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

from tinylab.errors import ModelFileError
from tinylab.zoo import tflite_operators
from tinylab.zoo.network import Network
from tinylab.zoo.tflite_graph import REMEDY_DAMAGED, REMEDY_SHAPE, Graph, Operator

SCHEMA = "lite/python/schema_py_generated.py"
SHAPE_ARITHMETIC = frozenset({"SHAPE", "STRIDED_SLICE", "PACK"})
"""Operators that only compute the batch size; the result's shape is in the file anyway."""


def read(path: Path) -> Network:
    """The network in a .tflite file.

    Raises ModelFileError, whose sentence starts after the file's name.
    """
    schema = _schema()
    try:
        model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
        return _network(schema, model)
    except (
        struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError,
        ArithmeticError, MemoryError, RecursionError,
    ) as error:  # fmt: skip
        raise ModelFileError(
            "is damaged or not a complete .tflite file.",
            remedy=REMEDY_DAMAGED,
            details=f"{type(error).__name__}: {error}",
        ) from error


def _schema() -> ModuleType:
    """TensorFlow's generated flatbuffer classes, without TensorFlow."""
    found = importlib.util.find_spec("tensorflow")
    if found is None or not found.submodule_search_locations:
        raise ModelFileError(
            "cannot be read without TensorFlow.", remedy="Install it: pip install tensorflow."
        )
    path = Path(found.submodule_search_locations[0], SCHEMA)
    spec = importlib.util.spec_from_file_location("tinylab_tflite_schema", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _network(schema: ModuleType, model: Any) -> Network:
    if model.subgraphs is None or len(model.subgraphs) != 1:
        raise ModelFileError(
            f"has {len(model.subgraphs or ())} subgraphs.",
            remedy="Networks of one graph, without loops or conditions, are supported.",
        )
    subgraph = model.subgraphs[0]
    if len(subgraph.inputs) != 1 or len(subgraph.outputs) != 1:
        raise ModelFileError(
            f"has {len(subgraph.inputs)} inputs and {len(subgraph.outputs)} outputs.",
            remedy="Networks with one input and one output are supported.",
        )
    graph = Graph(schema, model, subgraph)
    for operator in _operators(schema, model, subgraph):
        if graph.is_integer(operator.output):
            _check_shape_arithmetic(operator)
            continue
        graph.names[operator.output] = tflite_operators.lower(graph, operator)
    return graph.builder.network(graph.name_of(int(subgraph.outputs[0])))


def _check_shape_arithmetic(operator: Operator) -> None:
    if operator.kind not in SHAPE_ARITHMETIC:
        raise ModelFileError(
            f"computes shapes while it runs ({operator.kind}).", remedy=REMEDY_SHAPE
        )


def _operators(schema: ModuleType, model: Any, subgraph: Any) -> list[Operator]:
    kinds = {
        code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
    }
    operators = []
    for entry in subgraph.operators or ():
        code = model.operatorCodes[entry.opcodeIndex]
        kind = kinds[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if kind == "CUSTOM":
            kind = f"CUSTOM {bytes(code.customCode or b'').decode('ascii', 'replace')[:40]!r}"
        inputs = tuple(int(index) for index in entry.inputs)
        if len(entry.outputs) != 1:
            tflite_operators.refuse(kind)
        operators.append(Operator(kind, entry.builtinOptions, inputs, int(entry.outputs[0])))
    return operators
