"""Locates the weights of each layer in a .keras archive or an .h5 file, and reads them.

An archive stores the arrays of a layer by position: `layers/dense_1/vars/0` belongs to the
second Dense of the model, whatever its name is. An .h5 file stores them under the names of
the outermost layers, in the order of the layers; a nested model is one layer there, and its
trainable arrays precede the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import h5py
import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_MEMORY
from tinylab.zoo.keras.config import REMEDY_DAMAGED
from tinylab.zoo.keras.graph import KerasLayer, KerasModel
from tinylab.zoo.keras.scan import MAX_UNPACKED, UNREADABLE, Datasets
from tinylab.zoo.keras.stock import TRAINING_ONLY
from tinylab.zoo.network import Shape
from tinylab.zoo.tensor_type import FloatArray

Places = dict[KerasLayer, Sequence[Any]]
"""The HDF5 datasets of each layer, in the order of `names`; not read yet."""
MAX_EXPANSION = 1100
"""Bytes of numbers per byte in the file: deflate, which Keras does not use, reaches 1032."""
KERNELS: Mapping[str, tuple[str, ...]] = {
    "Dense": ("kernel",),
    "Conv1D": ("kernel",),
    "Conv2D": ("kernel",),
    "DepthwiseConv1D": ("kernel",),
    "DepthwiseConv2D": ("kernel",),
    "Conv1DTranspose": ("kernel",),
    "Conv2DTranspose": ("kernel",),
    "SeparableConv1D": ("kernel", "pointwise"),
    "SeparableConv2D": ("kernel", "pointwise"),
}
RECURRENT = frozenset({"SimpleRNN", "GRU", "LSTM"})
SIDES = ("forward", "backward")
"""The two layers of a Bidirectional."""
STATISTICS = ("mean", "variance")
RENORM_STATISTICS = ("deviation", "renorm_mean", "renorm_deviation")
"""Arrays that batch renormalisation uses only for training."""


NORMALIZATION = (*STATISTICS, "count")


def names(layer: KerasLayer) -> tuple[str, ...]:
    """The arrays of a layer, in the order in which Keras writes them."""
    settings = layer.settings
    if layer.kind == "BatchNormalization":
        return (
            *(["gamma"] if settings.get("scale", True) else []),
            *(["beta"] if settings.get("center", True) else []),
            *STATISTICS,
            *(RENORM_STATISTICS if settings.get("renorm") else ()),
        )
    if layer.kind == "LayerNormalization":
        gamma = ["gamma"] if settings.get("scale", True) else []
        return (*gamma, *(["beta"] if settings.get("center", True) else []))
    if layer.kind in ("PReLU", "Embedding"):
        return ("alpha",) if layer.kind == "PReLU" else ("embeddings",)
    if layer.kind == "TimeDistributed":
        return names(layer.inner)
    if layer.kind == "Bidirectional":
        return tuple(f"{side}_{name}" for side in SIDES for name in names(layer.inner))
    if layer.kind in RECURRENT:
        return ("kernel", "recurrent", *(["bias"] if settings.get("use_bias", True) else []))
    if layer.kind == "Normalization":
        return NORMALIZATION if settings.get("mean") is None else ()
    kernels = KERNELS.get(layer.kind, ())
    return (*kernels, "bias") if kernels and settings.get("use_bias", True) else kernels


def take(layer: KerasLayer, places: Places, shapes: Mapping[str, Shape]) -> dict[str, FloatArray]:
    """Read the arrays of a layer by name, each with its shape in `shapes`.

    The shapes required by the configuration are compared with those declared in the file
    before memory is allocated. Raises ModelFileError.
    """
    wanted, found = names(layer), places.get(layer, ())
    if sum(4 * math.prod(shapes[name]) for name in wanted) > MAX_UNPACKED:
        raise ModelFileError("exceeds the memory limit for model files.", remedy=REMEDY_MEMORY)
    if len(found) != len(wanted):
        _mismatch(f"layer {layer.name!r} has {len(found)} arrays of weights, not {len(wanted)}.")
    arrays = {}
    for name, dataset in zip(wanted, found, strict=True):
        if dataset.shape != shapes[name]:
            _mismatch(
                f"the {name} of layer {layer.name!r} has the shape {dataset.shape} "
                f"instead of {shapes[name]}."
            )
        arrays[name] = _read(layer, dataset)
    return arrays


def _read(layer: KerasLayer, dataset: Any) -> FloatArray:
    try:
        if dataset.dtype.kind not in "fiu":
            _mismatch(f"the weights of layer {layer.name!r} are not numbers.")
        if dataset.nbytes > MAX_EXPANSION * dataset.id.get_storage_size():
            _mismatch(f"declares the weights of layer {layer.name!r}, but does not contain them.")
        return np.ascontiguousarray(dataset[()], dtype=np.float32)
    except UNREADABLE as error:
        raise ModelFileError(
            f"has damaged weights in layer {layer.name!r}.",
            remedy=REMEDY_DAMAGED,
            details=str(error),
        ) from error


def in_archive(model: KerasModel, datasets: Datasets) -> Places:
    """Assign the weights of `model.weights.h5` in a .keras archive to layers."""
    groups: dict[str, dict[str, Any]] = {}
    for path, dataset in datasets.items():
        group, _, key = path.rpartition("/")
        groups.setdefault(group, {})[key] = dataset
    places: Places = {}
    shared: dict[int, Sequence[Any]] = {}
    for layer, path in _paths(model, "layers"):
        found = [
            dataset
            for part in _parts(layer)
            for dataset in _numbered(groups, "/".join(filter(None, (path, part, "vars"))))
        ]
        if layer.shared_id is not None:
            found = list(shared.setdefault(layer.shared_id, found))
        places[layer] = found
    return places


def _parts(layer: KerasLayer) -> list[str]:
    """The groups in that of a layer which have its arrays, in order."""
    if layer.kind == "Bidirectional":
        return [f"{side}_layer/{part}" for side in SIDES for part in _parts(layer.inner)]
    if layer.kind == "TimeDistributed":
        return ["/".join(filter(None, ("layer", part))) for part in _parts(layer.inner)]
    return ["cell"] if layer.kind in RECURRENT else [""]


def _numbered(groups: Mapping[str, Mapping[str, Any]], path: str) -> list[Any]:
    numbered = groups.get(path) or groups.get(_as_in_2_13(path)) or {}
    return [numbered[str(i)] for i in range(len(numbered)) if str(i) in numbered]


def _paths(model: KerasModel, folder: str) -> Iterator[tuple[KerasLayer, str]]:
    """Every layer, and the group of its arrays: class names, numbered."""
    counts: dict[str, int] = {}
    for layer in model.layers:
        base = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", layer.kind)
        base = re.sub("([a-z])([A-Z])", r"\1_\2", base).lower()
        count = counts.get(base, 0)
        counts[base] = count + 1
        path = f"{folder}/{base}_{count}" if count else f"{folder}/{base}"
        if isinstance(layer, KerasModel):
            yield from _paths(layer, f"{path}/layers")
        else:
            yield layer, path


def _as_in_2_13(path: str) -> str:
    return path.replace("layers", "_layer_checkpoint_dependencies")


def in_hdf5(model: KerasModel, file: h5py.File, datasets: Datasets) -> Places:
    """Assign the weights of an .h5 file to the layers that have weights, in order."""
    try:
        stored = _stored(file, datasets)
    except UNREADABLE as error:
        raise ModelFileError(
            "has damaged weights.", remedy=REMEDY_DAMAGED, details=str(error)
        ) from error
    layers = [layer for layer in model.layers if _arrays(layer)]
    unused = {layer.name for layer in model.layers if layer.kind in TRAINING_ONLY}
    stored = [(name, found) for name, found in stored if name not in unused]
    if len(stored) != len(layers):
        _mismatch(f"contains the weights of {len(stored)} layers, not of {len(layers)}.")
    places: Places = {}
    for layer, (name, found) in zip(layers, stored, strict=True):
        _distribute(layer, name, found, places)
    return places


def _stored(file: h5py.File, datasets: Datasets) -> list[tuple[str, list[Any]]]:
    """The arrays of every outermost layer that has any. Its name may contain slashes."""
    stored = []
    for name in _strings(_group(file, "model_weights"), "layer_names"):
        place = f"model_weights/{name}"
        weights = _strings(_group(file, place), "weight_names")
        missing = [weight for weight in weights if f"{place}/{weight}" not in datasets]
        if missing:
            _mismatch(f"has no weights {missing[0]!r} of layer {name!r}.")
        if weights:
            stored.append((name, [datasets[f"{place}/{weight}"] for weight in weights]))
    return stored


def _group(file: h5py.File, place: str) -> h5py.Group:
    group = file.get(place)
    if not isinstance(group, h5py.Group):
        _mismatch(f"has no weights at {place!r}.")
    return group


def _strings(group: h5py.Group, name: str) -> list[str]:
    """A list of names; a long list is stored in numbered parts."""
    if name in group.attrs:
        return _part(group, name)
    values: list[str] = []
    part = 0
    while f"{name}{part}" in group.attrs:
        values += _part(group, f"{name}{part}")
        part += 1
    return values


def _part(group: h5py.Group, name: str) -> list[str]:
    values = group.attrs[name]
    if not isinstance(values, np.ndarray):
        _mismatch(f"has damaged {name}.")
    return [_string(value) for value in values]


def _string(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _distribute(
    layer: KerasLayer | KerasModel, name: str, found: Sequence[Any], places: Places
) -> None:
    """Distribute the arrays of an outermost layer to the layers in it."""
    wanted = _arrays(layer)
    if isinstance(layer, KerasModel) and layer.trainable:
        wanted.sort(key=lambda array: not array[1])
    if len(found) != len(wanted):
        _mismatch(f"layer {name!r} has {len(found)} arrays of weights, not {len(wanted)}.")
    lists: dict[KerasLayer, list[Any]] = {}
    for (owner, _), dataset in zip(wanted, found, strict=True):
        lists.setdefault(owner, []).append(dataset)
    places.update(lists)


def _arrays(layer: KerasLayer | KerasModel) -> list[tuple[KerasLayer, bool]]:
    """The layer of each array, and whether the array is trainable."""
    if isinstance(layer, KerasModel):
        return [array for one in layer.layers for array in _arrays(one)]
    fixed = (*NORMALIZATION, *RENORM_STATISTICS)
    return [(layer, layer.trainable and name not in fixed) for name in names(layer)]


def _mismatch(message: str) -> NoReturn:
    raise ModelFileError(message, remedy=REMEDY_DAMAGED)
