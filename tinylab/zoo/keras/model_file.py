"""Reads .keras and .h5 files; used only in the loading process.

The configuration is JSON and the weights are HDF5: neither Keras nor TensorFlow is required,
and code contained in a file is never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tinylab.errors import ModelFileError
from tinylab.zoo import signatures
from tinylab.zoo.builder import REMEDY_LAYERS, Builder
from tinylab.zoo.damage import damage_told
from tinylab.zoo.keras import config, graph, layers, scan, weights
from tinylab.zoo.keras.call_arguments import Call, Saved
from tinylab.zoo.keras.connections import Constant, Reference
from tinylab.zoo.keras.graph import KerasModel
from tinylab.zoo.keras.layer_settings import Extent
from tinylab.zoo.network import INPUT, Network, Shape
from tinylab.zoo.signatures import Format


def read(path: Path) -> Network:
    """Read the network in a .keras or .h5 file.

    Raises ModelFileError; its message continues a sentence that starts with the file's name.
    """
    kind = signatures.of_file(path)
    with damage_told(kind):
        if kind is Format.KERAS:
            model = graph.decode_model(scan.scan_keras(path))
            with scan.opened_weights(path) as datasets:
                places = weights.in_archive(model, datasets)
                return _network(model, Saved(places, scan.version_of_archive(path)))
        with scan.opened_hdf5(path) as (settings, file, datasets):
            model = graph.decode_model(settings)
            places = weights.in_hdf5(model, file, datasets)
            return _network(model, Saved(places, scan.version_of_hdf5(file)))


def _network(model: KerasModel, saved: Saved) -> Network:
    """Raises ModelFileError unless the model has one float input of a known shape."""
    given = model.input
    if given.extent is None:
        raise ModelFileError(
            "does not specify the shape of its input.",
            remedy="Give the first layer an input shape (keras.Input) and save the model again.",
        )
    if given.compute_dtype != "float32":
        raise ModelFileError(
            f"has an input of type {given.compute_dtype}.", remedy="Inputs must be float32."
        )
    builder = Builder(_fixed(given.extent))
    return builder.network(_lower_model(model, builder, INPUT, saved))


def _fixed(extent: Extent) -> Shape:
    shape = tuple(size for size in extent if size is not None)
    if len(shape) < len(extent):
        shown = ", ".join("?" if size is None else str(size) for size in extent)
        raise ModelFileError(
            f"has an input whose shape is not fixed: ({shown}).",
            remedy="Every dimension except the batch must be fixed; set them in keras.Input.",
        )
    return shape


def _lower_model(model: KerasModel, builder: Builder, source: str, saved: Saved) -> str:
    """Append the layers between the model's input, named `source`, and its output."""
    _check_input(model, builder.shapes[source])
    names: dict[Reference, str] = {model.inputs[0]: source}
    begun: set[Reference] = set()
    waiting = [model.outputs[0]]
    while waiting:
        tensor = waiting[-1]
        if tensor in names:
            waiting.pop()
            continue
        use = model.calls.get(tensor)
        parents = use.tensors if use else ()
        missing = [parent for parent in parents if parent not in names]
        if use is None or not parents or (missing and tensor in begun):
            raise ModelFileError(
                f"has a loop or a dead end at layer {model.layers[tensor[0]].name!r}.",
                remedy=config.REMEDY_DAMAGED,
            )
        if missing:
            begun.add(tensor)
            waiting.extend(reversed(missing))
            continue
        operands = [one if isinstance(one, Constant) else names[one] for one in use.operands]
        if use.training:
            raise ModelFileError(
                f"calls layer {model.layers[tensor[0]].name!r} with training=True.",
                remedy="Build the model without it: tinylab runs networks as at inference.",
            )
        names[tensor] = _lower_layer(model, tensor, builder, operands, saved)
    return names[model.outputs[0]]


def _check_input(model: KerasModel, shape: Shape) -> None:
    """Raises ModelFileError unless the input of a (possibly nested) model accepts `shape`."""
    extent = model.input.extent
    if extent is None:
        return
    fits = len(extent) == len(shape) and all(
        size in (None, actual) for size, actual in zip(extent, shape, strict=True)
    )
    if not fits:
        raise ModelFileError(
            f"gives the model {model.name!r} an input of the shape {shape}.",
            remedy=config.REMEDY_DAMAGED,
        )


def _lower_layer(
    model: KerasModel,
    tensor: Reference,
    builder: Builder,
    operands: Sequence[str | Constant],
    saved: Saved,
) -> str:
    layer = model.layers[tensor[0]]
    if isinstance(layer, KerasModel):
        source = next(one for one in operands if isinstance(one, str))
        return _lower_model(layer, builder, source, saved)
    call = Call(layer, builder, operands, saved)
    if layer.kind not in layers.KINDS:
        raise ModelFileError(
            f"layer {layer.name!r} is of type {layer.kind}, which is not supported.",
            remedy=REMEDY_LAYERS,
        )
    return layers.lower(call)
