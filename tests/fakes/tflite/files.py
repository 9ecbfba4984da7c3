"""Makes .tflite files of single operators, tensor by tensor, with the public schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tinylab.zoo.network import Network
from tinylab.zoo.tflite import model_file

TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "resource": schema.TensorType.RESOURCE,
    "bool": schema.TensorType.BOOL,
}
VERSIONS = {
    "FULLY_CONNECTED": 5,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "TRANSPOSE_CONV": 3,
    "PRELU": 1,
    "HARD_SWISH": 1,
    "ELU": 1,
    "RELU_N1_TO_1": 1,
    "DEQUANTIZE": 3,
    **dict.fromkeys(("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"), 1),
    **dict.fromkeys(("NEG", "SQUARE", "SIN", "COS", "FLOOR", "CEIL", "ROUND", "POW", "ADD_N"), 1),
    **dict.fromkeys(("SELECT", "SELECT_V2", "LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"), 1),
    **dict.fromkeys(("EXPAND_DIMS", "FILL", "CAST", "RESHAPE", "SHAPE", "DEPTH_TO_SPACE"), 1),
}
"""Versions of operators with int8 tensors; the others have version 2."""
UNSIGNED_VERSIONS = {"FULLY_CONNECTED": 1, "CONV_2D": 1, "DEPTHWISE_CONV_2D": 1}
"""Of the same with uint8 tensors."""


@dataclass
class Tensor:
    """A tensor of the file; `values` makes it a constant. Scales along `axis`, or one."""

    shape: Sequence[int]
    dtype: str = "float32"
    scales: Sequence[float] = ()
    zero_points: Sequence[int] = ()
    axis: int = 0
    values: npt.NDArray[Any] | None = None
    variable: bool = False

    @staticmethod
    def constant(values: npt.NDArray[Any], **quantization: Any) -> Tensor:
        return Tensor(values.shape, str(values.dtype), values=values, **quantization)


@dataclass
class Op:
    """An operator: TensorFlow Lite's name, or `CUSTOM` and another one; tensors; options."""

    kind: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: Any = None
    intermediates: Sequence[int] = ()


def model(
    tensors: Sequence[Tensor],
    ops: Sequence[Op],
    inputs: Sequence[int],
    outputs: Sequence[int],
    called_once: tuple[Sequence[Tensor], Sequence[Op]] = ((), ()),
) -> bytes:
    """The bytes of a .tflite file. `called_once` is a second subgraph, without inputs."""
    made = schema.ModelT()
    made.version = 3
    made.buffers = [schema.BufferT()]
    more, more_ops = called_once
    kinds = sorted({op.kind for op in (*ops, *more_ops)})
    unsigned = any(one.dtype == "uint8" for one in tensors)
    made.operatorCodes = [_code(kind, unsigned) for kind in kinds]
    made.subgraphs = [_subgraph(made, kinds, tensors, ops, inputs, outputs)]
    if more_ops:
        made.subgraphs.append(_subgraph(made, kinds, more, more_ops, [], []))
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _subgraph(
    made: Any,
    kinds: Sequence[str],
    tensors: Sequence[Tensor],
    ops: Sequence[Op],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> Any:
    graph = schema.SubGraphT()
    graph.tensors = [_tensor(made, index, one) for index, one in enumerate(tensors)]
    graph.inputs, graph.outputs = list(inputs), list(outputs)
    graph.operators = [_operator(op, kinds.index(op.kind)) for op in ops]
    return graph


def _tensor(made: Any, index: int, tensor: Tensor) -> Any:
    entry = schema.TensorT()
    entry.name = f"tensor_{index}".encode()
    entry.shape = list(tensor.shape)
    entry.type = TYPES[tensor.dtype]
    entry.buffer = 0
    entry.isVariable = tensor.variable
    if tensor.values is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(tensor.values).tobytes(), np.uint8)
        entry.buffer = len(made.buffers)
        made.buffers.append(buffer)
    if tensor.scales:
        quantization = schema.QuantizationParametersT()
        quantization.scale = list(tensor.scales)
        quantization.zeroPoint = list(tensor.zero_points) or [0] * len(tensor.scales)
        quantization.quantizedDimension = tensor.axis
        entry.quantization = quantization
    return entry


def _code(kind: str, unsigned: bool) -> Any:
    code = schema.OperatorCodeT()
    kind, _, custom = kind.partition(" ")
    code.builtinCode = getattr(schema.BuiltinOperator, kind)
    code.customCode = custom.encode() or None
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = (UNSIGNED_VERSIONS if unsigned else VERSIONS).get(kind, VERSIONS.get(kind, 2))
    return code


def _operator(op: Op, index: int) -> Any:
    entry = schema.OperatorT()
    entry.opcodeIndex = index
    entry.inputs, entry.outputs = list(op.inputs), list(op.outputs)
    entry.intermediates = list(op.intermediates)
    if op.options is not None:
        name = type(op.options).__name__.removesuffix("T")
        entry.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        entry.builtinOptions = op.options
    return entry


def network_of(content: bytes, folder: Path) -> Network:
    """The network in the file, read by tinylab."""
    path = folder / "model.tflite"
    path.write_bytes(content)
    return model_file.read(path)


def interpreted(
    content: bytes, *inputs: npt.NDArray[Any], references: bool = True
) -> list[npt.NDArray[Any]]:
    """The stored outputs of LiteRT's reference kernels, for stored inputs with batch 1.

    Some operators (ELU) have no reference kernel in the package, and run with the others.
    """
    return invoked(_interpreter(content, references=references), inputs)


def interpreted_sequence(
    content: bytes, *inputs: npt.NDArray[Any], reset_after: int
) -> list[npt.NDArray[Any]]:
    """As `interpreted`, for a sequence of samples (count, *shape); the variables are reset after
    `reset_after` of them. Returns (count, 1, *shape) of each output."""
    interpreter = _interpreter(content, references=True)
    made = []
    for index, sample in enumerate(zip(*inputs, strict=True)):
        if index == reset_after:
            interpreter.reset_all_variables()
        made.append(invoked(interpreter, sample))
    return [np.stack(one) for one in zip(*made, strict=True)]


def _interpreter(content: bytes, *, references: bool) -> Any:
    resolver = OpResolverType.BUILTIN_REF
    if not references:
        resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    return interpreter


def invoked(interpreter: Any, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """The stored outputs for stored inputs, in any shape of their sizes."""
    for detail, values in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], values.reshape(detail["shape"]))
    interpreter.invoke()
    return [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]
