"""Reads .keras and .h5 files with Keras, in the loading process only."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

from tinylab.errors import ModelFileError
from tinylab.zoo import keras_config, keras_layers, keras_scan
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import INPUT, Network, Shape


def read(path: Path) -> Network:
    """The network in a .keras or .h5 file, which is scanned before Keras sees it.

    Raises ModelFileError, whose sentence starts after the file's name.
    """
    if path.suffix == ".keras":
        keras_scan.scan_keras(path)
        keras_scan.scan_weights(path)
    else:
        keras_scan.scan_hdf5(path)
    model = _load(path)
    inputs, outputs = _ends(model)
    builder = Builder(_shape(inputs[0], "the input"))
    return builder.network(_lower_graph(model, builder, INPUT, outputs))


def _load(path: Path) -> Any:
    import keras
    from tensorflow import errors

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except (MemoryError, errors.ResourceExhaustedError) as error:
        raise ModelFileError(
            "needs more memory than a model file may.",
            remedy="No microcontroller holds such a network; check that it is the right file.",
        ) from error
    except (ValueError, TypeError, KeyError, OSError, AttributeError, IndexError) as error:
        raise ModelFileError(
            "could not be read by Keras.",
            remedy="Load it where it was made and save it again with a current Keras.",
            details=str(error),
        ) from error
    except (RuntimeError, AssertionError, NotImplementedError, zipfile.BadZipFile) as error:
        raise ModelFileError(
            "could not be read by Keras.", remedy=keras_config.REMEDY_DAMAGED, details=str(error)
        ) from error


def _ends(model: Any) -> tuple[list[Any], list[Any]]:
    """The input and output tensors; exactly one of each, or ModelFileError."""
    try:
        inputs, outputs = list(model.inputs or ()), list(model.outputs or ())
    except (AttributeError, ValueError):
        inputs, outputs = [], []
    if not inputs or not outputs:
        raise ModelFileError(
            "does not say the shape of its input.",
            remedy="Give the first layer an input shape (keras.Input) and save the model again.",
        )
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelFileError(
            f"has {len(inputs)} inputs and {len(outputs)} outputs.",
            remedy="Networks with one input and one output are supported.",
        )
    if str(inputs[0].dtype) != "float32":
        raise ModelFileError(
            f"has an input of {inputs[0].dtype} numbers.", remedy="Inputs must be float32."
        )
    return inputs, outputs


def _shape(tensor: Any, what: str) -> Shape:
    shape = tuple(tensor.shape)[1:]
    if any(size is None for size in shape):
        shown = ", ".join("?" if size is None else str(size) for size in shape)
        raise ModelFileError(
            f"leaves the shape of {what} open: ({shown}).",
            remedy="Every dimension but the batch needs a number; set them in keras.Input.",
        )
    return tuple(int(size) for size in shape)


def _lower_graph(model: Any, builder: Builder, source: str, outputs: list[Any]) -> str:
    """Append the layers between the model's input, known as `source`, and its output."""
    names: dict[int, str] = {id(model.inputs[0]): source}
    waiting = [outputs[0]]
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in names:
            waiting.pop()
            continue
        layer, parents = _origin(tensor)
        missing = [parent for parent in parents if id(parent) not in names]
        if missing:
            waiting.extend(reversed(missing))
            continue
        sources = [names[id(parent)] for parent in parents]
        names[id(tensor)] = _lower_layer(layer, builder, sources, tensor)
    return names[id(outputs[0])]


def _origin(tensor: Any) -> tuple[Any, list[Any]]:
    """The layer that makes a Keras tensor, and the tensors it reads."""
    history = tensor._keras_history
    node = history.operation._inbound_nodes[history.node_index]
    return history.operation, list(node.input_tensors)


def _lower_layer(layer: Any, builder: Builder, sources: list[str], tensor: Any) -> str:
    kind = type(layer).__name__
    if kind in keras_config.CONTAINERS:
        return _lower_graph(layer, builder, sources[0], _ends(layer)[1])
    if kind not in keras_layers.KINDS or not sources:
        raise ModelFileError(
            f"layer {layer.name!r} is of the kind {kind}, which is not supported.",
            remedy=keras_config.REMEDY_LAYERS,
        )
    return keras_layers.lower(layer, builder, sources, _shape(tensor, f"layer {layer.name!r}"))
