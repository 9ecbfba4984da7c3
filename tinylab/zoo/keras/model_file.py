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
from tinylab.zoo.keras.layer_settings import Extent, Input
from tinylab.zoo.network import INPUT, Network, Shape
from tinylab.zoo.signatures import Format

INPUT_TYPES = ("float32", "int8", "uint8", "int16", "int32", "int64")


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
    """Raises ModelFileError unless the model has inputs of known shapes."""
    shapes = [_checked(one) for one in model.given]
    builder = Builder(shapes[0])
    sources = [INPUT, *(builder.add_input(shape) for shape in shapes[1:])]
    return builder.network(*_lower_model(model, builder, sources, saved))


def _checked(given: Input) -> Shape:
    """The shape of an input of numbers; whole ones are given as floats."""
    if given.extent is None:
        raise ModelFileError(
            "does not specify the shape of its input.",
            remedy="Give the first layer an input shape (keras.Input) and save the model again.",
        )
    if given.compute_dtype not in INPUT_TYPES:
        raise ModelFileError(
            f"has an input of type {given.compute_dtype}.",
            remedy="Inputs must be float32 or whole numbers.",
        )
    return _fixed(given.extent)


def _fixed(extent: Extent) -> Shape:
    shape = tuple(size for size in extent if size is not None)
    if len(shape) < len(extent):
        shown = ", ".join("?" if size is None else str(size) for size in extent)
        raise ModelFileError(
            f"has an input whose shape is not fixed: ({shown}).",
            remedy="Every dimension except the batch must be fixed; set them in keras.Input.",
        )
    return shape


def _lower_model(
    model: KerasModel, builder: Builder, sources: Sequence[str], saved: Saved
) -> list[str]:
    """Append the layers between the model's inputs, named `sources`, and its outputs."""
    _check_inputs(model, [builder.shapes[source] for source in sources])
    names: dict[Reference, str] = dict(zip(model.inputs, sources, strict=True))
    begun: set[Reference] = set()
    waiting = list(reversed(model.outputs))
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
    return [names[output] for output in model.outputs]


def _check_inputs(model: KerasModel, shapes: Sequence[Shape]) -> None:
    """Raises ModelFileError unless the inputs of a (possibly nested) model accept `shapes`."""
    given = model.given
    if len(given) != len(shapes):
        raise ModelFileError(
            f"gives the model {model.name!r} {len(shapes)} inputs, not {len(given)}.",
            remedy=config.REMEDY_DAMAGED,
        )
    for one, shape in zip(given, shapes, strict=True):
        extent = shape if one.extent is None else one.extent
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
        if len(layer.outputs) != 1:
            raise ModelFileError(
                f"contains the model {layer.name!r} with {len(layer.outputs)} outputs.",
                remedy="Models inside a model are supported with one output.",
            )
        sources = [one for one in operands if isinstance(one, str)]
        return _lower_model(layer, builder, sources, saved)[0]
    call = Call(layer, builder, operands, saved)
    if layer.kind not in layers.KINDS:
        raise ModelFileError(
            f"layer {layer.name!r} is of type {layer.kind}, which is not supported.",
            remedy=REMEDY_LAYERS,
        )
    return layers.lower(call)
