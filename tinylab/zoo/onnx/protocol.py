"""The nodes and constants of an ONNX file, from its messages, within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import LONGEST_NAME
from tinylab.zoo.damage import REMEDY_DAMAGED, REMEDY_MEMORY
from tinylab.zoo.network import Shape
from tinylab.zoo.tensor_type import Array

MAX_ELEMENTS = 2**25
"""Of one constant: 128 MiB of floats."""
REMEDY_ONE_FILE = (
    "Save it as one file: onnx.save(onnx.load('model.onnx'), 'one_file.onnx'); with PyTorch: "
    "torch.onnx.export(..., external_data=False)."
)
STORED_TYPES = frozenset(
    {
        *(TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16),
        *(TensorProto.INT8, TensorProto.UINT8, TensorProto.INT16, TensorProto.UINT16),
        *(TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL),
    }
)
"""Types of constants that are read."""
ONNX_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True)
class Node:
    """One operator: ONNX' name, its tensors by name (a missing optional one is ""), attributes."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    domain: str = ""

    @property
    def shown(self) -> str:
        """Its kind, and its name or that of its output."""
        place = self.name or next((one for one in self.outputs if one), "")
        return f"{self.kind} {place[:LONGEST_NAME]!r}"

    def integer(self, key: str, otherwise: int) -> int:
        return int(self.attributes.get(key, otherwise))

    def number(self, key: str, otherwise: float) -> float:
        """A float32 of the file, as the exact double."""
        return float(self.attributes.get(key, otherwise))

    def integers(self, key: str, otherwise: Shape) -> Shape:
        return tuple(int(one) for one in self.attributes.get(key, otherwise))

    def text(self, key: str, otherwise: str) -> str:
        value = self.attributes.get(key, otherwise.encode())
        return bytes(value).decode("utf-8", "replace")

    def source(self, index: int) -> str:
        """The tensor at an input; "" if it is missing."""
        return self.inputs[index] if index < len(self.inputs) else ""


def node_of(message: Any) -> Node:
    """A node of the file. Raises ModelFileError for attributes that are not read."""
    domain = "" if message.domain in ONNX_DOMAINS else message.domain
    attributes = {one.name: _attribute(one) for one in message.attribute}
    return Node(
        message.op_type,
        tuple(message.input),
        tuple(message.output),
        attributes,
        message.name,
        domain,
    )


def _attribute(message: Any) -> Any:
    match message.type:
        case AttributeProto.FLOAT:
            return message.f
        case AttributeProto.INT:
            return message.i
        case AttributeProto.STRING:
            return message.s
        case AttributeProto.FLOATS:
            return tuple(message.floats)
        case AttributeProto.INTS:
            return tuple(message.ints)
        case AttributeProto.STRINGS:
            return tuple(message.strings)
        case AttributeProto.TENSOR:
            return array_of(message.t)
        case _:
            return None  # subgraphs belong to operators that are refused by name


def array_of(message: Any, folder: Path | None = None) -> Array:
    """A constant of the file; 16-bit floats become float32.

    Its values may be in another file in `folder`, if that is given.
    Raises ModelFileError if that file is not there, or the values are too many.
    """
    shown = message.name[:LONGEST_NAME]
    shape = tuple(message.dims)
    if min(shape, default=0) < 0:
        raise ModelFileError(f"states the shape {shape} for {shown!r}.", remedy=REMEDY_DAMAGED)
    if len(shape) > 8 or _product(shape) > MAX_ELEMENTS:
        raise ModelFileError(f"has a constant of the shape {shape}.", remedy=REMEDY_MEMORY)
    if message.data_type not in STORED_TYPES:
        known = TensorProto.DataType.values()
        kind = TensorProto.DataType.Name(message.data_type) if message.data_type in known else "?"
        raise ModelFileError(
            f"contains {kind.lower()} numbers in {shown!r}, which are not supported.",
            remedy="Export the model with float32 numbers, or quantise it to int8.",
        )
    if message.data_location == TensorProto.EXTERNAL or message.external_data:
        message = _with_values(message, folder)
    values = numpy_helper.to_array(message)
    if message.data_type in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        return np.asarray(values, np.float32)
    return np.asarray(values)


def _with_values(message: Any, folder: Path | None) -> Any:
    """A constant with the values that are in another file."""
    stated = {one.key: one.value for one in message.external_data}
    name = stated.get("location", "")
    path = folder / name if folder is not None and name == Path(name).name else None
    if path is None or not path.is_file():
        raise ModelFileError(
            f"keeps the values of {message.name[:LONGEST_NAME]!r} in another file, "
            f"{name[:LONGEST_NAME]!r}, which is not beside it.",
            remedy=f"Put that file into the same folder. {REMEDY_ONE_FILE}",
        )
    size = _product(tuple(message.dims)) * dtype_size(message.data_type)
    with path.open("rb") as file:
        file.seek(int(stated.get("offset", 0)))
        content = file.read(size)
    if len(content) != size or int(stated.get("length", size)) != size:
        raise ModelFileError(
            f"has {len(content)} bytes for {message.name[:LONGEST_NAME]!r} in the file "
            f"{name[:LONGEST_NAME]!r}, not {size}.",
            remedy="Export or download both files again.",
        )
    return TensorProto(dims=message.dims, data_type=message.data_type, raw_data=content)


def dtype_size(number: int) -> int:
    """Bytes of one number of an ONNX type."""
    return int(np.dtype(helper.tensor_dtype_to_np_dtype(number)).itemsize)


def _product(shape: Shape) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def dtype_of(node: Node, number: int) -> np.dtype[Any]:
    """numpy's type for a type of ONNX. Raises ModelFileError for those that are not read."""
    if number not in STORED_TYPES:
        raise ModelFileError(
            f"has the operator {node.shown} to a type of numbers that is not supported.",
            remedy="Export the model with float32 numbers.",
        )
    if number in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
        return np.dtype(np.float32)
    found: np.dtype[Any] = np.dtype(helper.tensor_dtype_to_np_dtype(number))
    return found


def in_order(nodes: Sequence[Node]) -> list[Node]:
    """The operators so that each follows those whose outputs it reads.

    Some exporters write them in another order, which runtimes accept. Those that are in order
    stay as they are; of a circle, one comes first.
    """
    writers = {name: node for node in nodes for name in node.outputs if name}
    begun: set[int] = set()
    found: dict[int, Node] = {}
    for node in nodes:
        stack = [node]
        while stack:
            last = stack[-1]
            if id(last) in begun:
                found.setdefault(id(last), stack.pop())
                continue
            begun.add(id(last))
            before = [writers[name] for name in last.inputs if name in writers]
            stack += [one for one in reversed(before) if id(one) not in begun]
    return list(found.values())
