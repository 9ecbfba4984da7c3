"""How the layers of a Functional model are connected.

Both formats are supported: Keras 2, whose calls are lists (`["conv", 0, 0, {}]`), and
Keras 3, whose calls are dictionaries with tensors (`__keras_tensor__`) among the arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard

from tinylab.errors import ModelFileError
from tinylab.zoo.keras.config import REMEDY_DAMAGED

Reference = tuple[int, int]
"""A tensor: the index of the layer that outputs it, and the index of that layer's call."""
CONSTANT_VALUE = "_CONSTANT_VALUE"
"""In place of a layer's name, in Keras 2: the first argument of a call is a number."""
OPERANDS = ("x", "x1", "y", "x2")
"""Names of arguments that may be numbers; numbers given by other names are settings."""


@dataclass(frozen=True, eq=False)
class Constant:
    """A number, or numbers in nested lists, among the arguments of a call."""

    value: Any


@dataclass(frozen=True)
class Use:
    """One call of a layer: its tensors and constants, in the order of its arguments."""

    operands: tuple[Reference | Constant, ...]
    training: bool = False
    """Whether the call asks for the layer's behaviour in training."""

    @property
    def tensors(self) -> tuple[Reference, ...]:
        return tuple(one for one in self.operands if not isinstance(one, Constant))


class Connections:
    """Finds tensors by the names and numbers that a Functional configuration uses.

    A nested model was already called once when it was built, not by the outer model. Keras 2
    always counts that call, Keras 3 only if a Functional model is an output.
    """

    def __init__(self, kinds: Mapping[str, str], models: frozenset[int]) -> None:
        """From the kind of every layer by name, in order, and the indexes of nested models."""
        self._indexes = {name: index for index, name in enumerate(kinds)}
        self._kinds = kinds
        self._models = models
        self.old = False
        """Whether the configuration is one of Keras 2."""

    def use(self, node: object) -> Use:
        """One call, from its entry in the configuration."""
        if isinstance(node, dict):
            named = node.get("kwargs")
            operands = (*self._operands(node.get("args")), *self._named(named))
            return Use(operands, _asks_for_training(named))
        leaves = list(_leaves(node))
        settings = [leaf[3] for leaf in leaves if len(leaf) > 3]
        found: list[Reference | Constant] = []
        for leaf in leaves:
            constant = leaf[0] == CONSTANT_VALUE
            found.append(Constant(leaf[2]) if constant else self._find(leaf, made_before=self.old))
            found += self._named(leaf[3]) if len(leaf) > 3 else ()
        return Use(tuple(found), any(_asks_for_training(one) for one in settings))

    def ends(self, value: object) -> Iterator[Reference]:
        """The inputs or outputs of the model."""
        for leaf in _leaves(value):
            kept = self._kinds.get(leaf[0]) != "Sequential"
            yield self._find(leaf, made_before=self.old or kept)

    def _operands(self, value: object) -> Iterator[Reference | Constant]:
        """The tensors and the numbers in the arguments of a call, at any depth."""
        if _is_numbers(value):
            yield Constant(value)
        elif self.old and _is_leaf(value):
            yield self._find(value, made_before=self.old)
        elif isinstance(value, list):
            for one in value:
                yield from self._operands(one)
        elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            settings = value.get("config")
            history = settings.get("keras_history") if isinstance(settings, dict) else None
            if not _is_leaf(history):
                damaged("a tensor does not name the layer that outputs it")
            yield self._find(history, made_before=False)
        elif isinstance(value, dict):
            for key in sorted(value):
                yield from self._operands(value[key])

    def _named(self, arguments: object) -> Iterator[Reference | Constant]:
        """The operands among the arguments that a call gives by name."""
        if not isinstance(arguments, dict):
            return
        for key in sorted(arguments, key=lambda key: (key not in OPERANDS, key)):
            for one in self._operands(arguments[key]):
                if key in OPERANDS or not isinstance(one, Constant):
                    yield one

    def _index(self, leaf: Sequence[Any]) -> int:
        if leaf[0] not in self._indexes:
            damaged(f"there is no layer {leaf[0]!r}")
        return self._indexes[leaf[0]]

    def _find(self, leaf: Sequence[Any], *, made_before: bool) -> Reference:
        index, call = self._index(leaf), leaf[1]
        if made_before and index in self._models:
            call = max(call - 1, 0)
        if leaf[2] != 0:
            damaged(f"layer {leaf[0]!r} has only one output")
        return index, call


def _leaves(value: object) -> Iterator[Sequence[Any]]:
    """Every `[layer, call, output, ...]` in nested lists and dictionaries."""
    if _is_leaf(value):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)


def _is_numbers(value: object) -> bool:
    """A number, or nested lists of numbers only."""
    if isinstance(value, list):
        return bool(value) and all(_is_numbers(one) for one in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _asks_for_training(arguments: object) -> bool:
    return isinstance(arguments, dict) and arguments.get("training") is True


def _is_leaf(value: object) -> TypeGuard[Sequence[Any]]:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and (isinstance(value[2], int) or value[0] == CONSTANT_VALUE)
    )


def damaged(details: str) -> NoReturn:
    """Raises ModelFileError."""
    raise ModelFileError(
        "has a damaged configuration.", remedy=REMEDY_DAMAGED, details=f"{details}."
    )
