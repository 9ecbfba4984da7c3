"""The objects that a Keras configuration may name, and a check that it names no others.

A configuration names objects that Keras builds, which may include code. This check accepts
only the names of supported layers and of Keras' own initializers, regularizers and
constraints: no Lambda, no custom object, no function.
"""

from __future__ import annotations

import json
from typing import Any

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import REMEDY_LAYERS
from tinylab.zoo.keras import activations
from tinylab.zoo.keras.stock import PACKAGES, READ, STOCK

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
    """Keras' notations for a tuple and for an array as a list."""
    kind, items, settings = value.get("class_name"), value.get("items"), value.get("config")
    if kind == "__tuple__" and isinstance(items, list):
        return items
    if kind in ("__numpy__", "__tensor__") and isinstance(settings, dict):
        numbers = settings.get("value")
        return numbers if isinstance(numbers, list) else value
    return value


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
    if not _is_keras_own(kind, module, entry.get("registered_name")):
        raise ModelFileError(
            f"layer {name!r} is the custom object {entry.get('registered_name') or kind!r}, "
            "whose code tinylab never runs.",
            remedy=REMEDY_LAYERS,
        )
    if kind not in HARMLESS | CONTAINERS | READ:
        raise ModelFileError(
            f"layer {name!r} is of type {kind}, which is not supported.", remedy=REMEDY_LAYERS
        )
    _check_activation(f"layer {name!r} ({kind})", settings)


def _is_keras_own(kind: str, module: str | None, registered: object) -> bool:
    """Whether the class belongs to Keras. Without a module, its name decides."""
    if registered not in (None, kind):
        return False
    if module is None:
        return kind in HARMLESS | CONTAINERS | STOCK
    return module.partition(".")[0] in PACKAGES


def _check_activation(whose: str, settings: dict[str, Any]) -> None:
    activation = settings.get("activation", "linear")
    if isinstance(activation, dict) and activation.get("class_name") in STOCK:
        raise ModelFileError(
            f"{whose} has a layer as its activation ({activation['class_name']}), "
            "which is not supported.",
            remedy="Give the activation as a layer of its own, or by its name.",
        )
    if activation is not None and not isinstance(activation, str):
        raise ModelFileError(
            f"{whose} has a custom activation, whose code tinylab never runs.", remedy=REMEDY_CODE
        )
    if activation not in (None, *activations.NAMES):
        raise ModelFileError(
            f"{whose} has the activation {activation}, which is not supported.",
            remedy=f"Supported activations: {', '.join(activations.NAMES)}.",
        )
