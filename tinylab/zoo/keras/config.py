"""The objects that a Keras configuration may name, and a check that it names no others.

A configuration names objects that Keras builds, which may include code. This check accepts
only the names of supported layers and of Keras' own initializers, regularizers and
constraints: no Lambda, no custom object, no function.
"""

from __future__ import annotations

import json
from typing import Any

from tinylab.errors import ModelFileError
from tinylab.zoo.network import Function

LAYERS = (
    "Dense", "Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
    "SeparableConv2D", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "Flatten", "Reshape", "Dropout", "SpatialDropout1D",
    "SpatialDropout2D", "Activation", "ReLU", "Softmax", "Add", "BatchNormalization",
    "ZeroPadding1D", "ZeroPadding2D", "InputLayer",
)  # fmt: skip
CONTAINERS = frozenset({"Sequential", "Functional", "Model"})
HARMLESS = frozenset(
    {
        "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal",
        "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal",
        "VarianceScaling", "Orthogonal", "OrthogonalInitializer", "Identity",
        "L1", "L2", "L1L2", "OrthogonalRegularizer",
        "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm", "DTypePolicy", "Policy",
        "__keras_tensor__",
    }
)  # fmt: skip
"""Classes of Keras itself that are not layers; `__...__` is Keras' own notation."""
MODULES = frozenset(
    {
        None, "keras", "keras.layers", "keras.models", "keras.initializers",
        "keras.regularizers", "keras.constraints", "keras.dtype_policies",
        "keras.src.models.functional", "keras.src.models.sequential", "keras.src.models.model",
        "keras.src.engine.functional", "keras.src.engine.sequential", "keras.mixed_precision",
        "keras.engine.functional", "keras.engine.sequential", "builtins",
        "tf_keras.src.engine.functional", "tf_keras.src.engine.sequential",
    }
)  # fmt: skip
REMEDY_LAYERS = f"Supported layers: {', '.join(LAYERS)}."
REMEDY_CODE = "Build the model from supported layers only, and save it again."
REMEDY_DAMAGED = "Save or download the file again."


def check_config(text: bytes) -> dict[str, Any]:
    """Parse the configuration. Raises ModelFileError if it is damaged or names other objects."""
    try:
        config = json.loads(text, object_hook=_without_tuples)
    except (ValueError, RecursionError) as error:
        raise ModelFileError("has a damaged configuration.", remedy=REMEDY_DAMAGED) from error
    named = config.get("class_name") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(named, str) or named not in CONTAINERS:
        raise ModelFileError(
            f"is a model of the custom class {named!r}, whose code tinylab never runs.",
            remedy="Only Sequential and Functional models of supported layers can be loaded.",
        )
    _check_objects({key: value for key, value in config.items() if key != "compile_config"})
    return config


def _without_tuples(value: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """Keras' notation for a tuple as a list."""
    items = value.get("items")
    return items if value.get("class_name") == "__tuple__" and isinstance(items, list) else value


def _check_objects(config: dict[str, Any]) -> None:
    """Check every object that the configuration names, at any depth."""
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if "class_name" in value:
                _check_object(value)
            waiting.extend(reversed(value.values()))


def _check_object(entry: dict[str, Any]) -> None:
    kind, module = entry["class_name"], entry.get("module")
    if not isinstance(kind, str) or not isinstance(module, str | None):
        raise ModelFileError("has a damaged configuration.", remedy=REMEDY_DAMAGED)
    settings = entry.get("config")
    settings = settings if isinstance(settings, dict) else {}
    name = settings.get("name") or entry.get("name") or kind
    if kind in ("Lambda", "__lambda__", "function"):
        raise ModelFileError(
            f"layer {name!r} contains Python code ({kind}), which tinylab never runs.",
            remedy=REMEDY_CODE,
        )
    known = kind in HARMLESS or kind in CONTAINERS or kind in LAYERS
    registered = entry.get("registered_name")
    if module not in MODULES or registered not in (None, kind):
        raise ModelFileError(
            f"layer {name!r} is the custom object {registered or kind!r}, "
            "whose code tinylab never runs.",
            remedy=REMEDY_LAYERS,
        )
    if not known:
        raise ModelFileError(
            f"layer {name!r} is of type {kind}, which is not supported.", remedy=REMEDY_LAYERS
        )
    _check_activation(name, settings)


def _check_activation(name: str, settings: dict[str, Any]) -> None:
    activation = settings.get("activation", "linear")
    if activation is not None and not isinstance(activation, str):
        raise ModelFileError(
            f"layer {name!r} has a custom activation, whose code tinylab never runs.",
            remedy=REMEDY_CODE,
        )
    if activation not in (None, *(function.value for function in Function)):
        raise ModelFileError(
            f"layer {name!r} has the activation {activation}, which is not supported.",
            remedy=f"Supported activations: {', '.join(function.value for function in Function)}.",
        )
