"""A Network as one .npz file: a JSON description and the weights, no pickles.

The loading process returns networks in this form, and the cache stores them in it.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo import operations as ops
from tinylab.zoo.checks.validation import check_network
from tinylab.zoo.network import Input, Layer, Network, State
from tinylab.zoo.operations import CellFunction
from tinylab.zoo.tensor_type import Array, Number, TensorType

OPERATIONS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(ops.Operation)}
DESCRIPTION = "network.json"
QUANTIZATION = "quantization"
STATE = "state"
DAMAGED = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""The exceptions that `read` raises for a file that was not written by `save`."""


def save(network: Network, path: Path) -> None:
    """Write `network` without its name and source, which the reader sets."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    layers = []
    for index, layer in enumerate(network.layers):
        for field, array in _arrays(layer.operation).items():
            arrays[f"{index}.{field}"] = array
        layers.append(
            {
                "name": layer.name,
                "kind": type(layer.operation).__name__,
                "settings": _settings(layer.operation),
                "inputs": layer.inputs,
                "shape": layer.shape,
                "type": vars(layer.type),
                "states": layer.states,
            }
        )
    for index, state in enumerate(network.states):
        arrays[f"{STATE}{index}.initial"] = state.initial
    inputs = [
        {"name": one.name, "shape": one.shape, "type": vars(one.type)} for one in network.inputs
    ]
    text = json.dumps(
        {
            "inputs": inputs,
            "layers": layers,
            "states": [_state_entry(one) for one in network.states],
            "outputs": network.outputs,
            "notes": network.notes,
        }
    )
    arrays[DESCRIPTION] = np.frombuffer(text.encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read(path: Path, sha256: str, name: str, source: Path) -> Network:
    """Read the network in `path`; raises one of `DAMAGED` if there is none that can be executed.

    The process that wrote it read foreign data: its result is checked like a file.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        description = json.loads(arrays[DESCRIPTION].tobytes())
        weights = _by_layer(arrays)
        layers = tuple(
            Layer(
                entry["name"],
                _operation(entry, weights.get(str(index), {})),
                tuple(entry["inputs"]),
                tuple(entry["shape"]),
                _type(entry["type"]),
                tuple(entry["states"]),
            )
            for index, entry in enumerate(description["layers"])
        )
        states = tuple(
            State(
                entry["name"],
                tuple(entry["shape"]),
                _type(entry["type"]),
                weights[f"{STATE}{index}"]["initial"],
                entry["source"],
            )
            for index, entry in enumerate(description["states"])
        )
        inputs = tuple(
            Input(entry["name"], tuple(entry["shape"]), _type(entry["type"]))
            for entry in description["inputs"]
        )
        outputs = tuple(description["outputs"])
        notes = tuple(map(str, description["notes"]))
    network = Network(name, inputs, layers, outputs, sha256, source, notes, states)
    try:
        check_network(network)
    except ModelFileError as error:
        raise ValueError(error.message) from error
    return network


def _state_entry(state: State) -> dict[str, object]:
    named = {"name": state.name, "source": state.source}
    return {**named, "shape": state.shape, "type": vars(state.type)}


def _type(entry: dict[str, Any]) -> TensorType:
    return TensorType(**{**entry, "number": Number(entry["number"])})


def _arrays(operation: ops.Operation) -> dict[str, Array]:
    """The arrays among the operation's fields; those of its quantisation as `quantization.X`."""
    arrays: dict[str, Array] = {}
    for key, value in vars(operation).items():
        if isinstance(value, np.ndarray):
            arrays[key] = value
        elif isinstance(value, ops.WeightQuantization):
            arrays |= {f"{QUANTIZATION}.{name}": array for name, array in vars(value).items()}
    return arrays


def _settings(operation: ops.Operation) -> dict[str, object]:
    arrays = {key.partition(".")[0] for key in _arrays(operation)}
    return {key: value for key, value in vars(operation).items() if key not in arrays}


def _by_layer(arrays: Any) -> dict[str, dict[str, Any]]:
    """The arrays, by the number of their layer and their field."""
    found: dict[str, dict[str, Any]] = {}
    for key in arrays:
        index, _, field = key.partition(".")
        if key != DESCRIPTION:
            found.setdefault(index, {})[field] = arrays[key]
    return found


def _operation(entry: dict[str, Any], arrays: dict[str, Any]) -> ops.Operation:
    fields = {key: array for key, array in arrays.items() if not key.startswith(QUANTIZATION)}
    if len(fields) < len(arrays):
        parts = {key.partition(".")[2]: arrays[key] for key in arrays.keys() - fields.keys()}
        fields[QUANTIZATION] = ops.WeightQuantization(**parts)
    settings = {key: _setting(key, value) for key, value in entry["settings"].items()}
    operation: ops.Operation = OPERATIONS[entry["kind"]](**fields, **settings)
    return operation


def _setting(key: str, value: Any) -> Any:
    """Convert JSON's lists and strings back to tuples and enumerations."""
    if key == "function":
        return ops.Function(value)
    if key == "kind":
        return ops.PoolKind(value) if value in set(ops.PoolKind) else ops.ArithmeticKind(value)
    if key in ("activation", "gate"):
        return CellFunction(value)
    if key == "corners":
        return ops.Corners(value)
    if key == "padding":
        return tuple(tuple(pair) for pair in value)
    return tuple(value) if isinstance(value, list) else value
